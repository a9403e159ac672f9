//! Argon2id (RFC 9106) on memory that is lent to it, and hashes as PHC strings.

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::password_hash::{Error, Result};
use argon2::{Algorithm, Argon2, Block, Params, Version};

const SALT_BYTES: usize = 16;

/// What a hashing works on: megabytes, worth using again. It grows to what is needed and stays so.
#[derive(Default)]
pub struct Memory(Vec<Block>);

impl Memory {
    fn blocks(&mut self, count: usize) -> &mut [Block] {
        if self.0.len() < count {
            self.0.resize(count, Block::default());
        }
        &mut self.0
    }
}

/// The hash of a password, with a salt of its own.
pub fn hash(password: &[u8], params: &Params, memory: &mut Memory) -> Result<PasswordHash> {
    let salt: [u8; SALT_BYTES] = rand::random();
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    argon2.hash_password_into_with_memory(
        password,
        &salt,
        &mut output,
        memory.blocks(params.block_count()),
    )?;
    phc(params, &salt, &output)
}

/// Whether a hash is of this password; the hash names its own parameters.
pub fn matches(password: &[u8], hash: &PasswordHash, memory: &mut Memory) -> Result<bool> {
    let algorithm = Algorithm::try_from(hash.algorithm.as_str())?;
    let version = hash.version.map_or(Ok(Version::default()), Version::try_from)?;
    let params = Params::try_from(hash)?;
    let (Some(salt), Some(expected)) = (&hash.salt, &hash.hash) else {
        return Err(Error::EncodingInvalid);
    };
    let blocks = memory.blocks(params.block_count());
    let mut output = vec![0; expected.len()];
    Argon2::new(algorithm, version, params).hash_password_into_with_memory(
        password,
        salt,
        &mut output,
        blocks,
    )?;
    // Compared in constant time, says the type.
    Ok(Output::new(&output)? == *expected)
}

/// A hash that no password is known for, and that costs as much to check as a real one.
pub fn decoy(params: &Params) -> Result<PasswordHash> {
    let salt: [u8; SALT_BYTES] = rand::random();
    let output: [u8; Params::DEFAULT_OUTPUT_LEN] = rand::random();
    phc(params, &salt, &output)
}

fn phc(params: &Params, salt: &[u8], output: &[u8]) -> Result<PasswordHash> {
    Ok(PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: params.try_into()?,
        salt: Some(Salt::new(salt)?),
        hash: Some(Output::new(output)?),
    })
}

#[cfg(test)]
mod tests {
    use argon2::PasswordVerifier;

    use super::*;

    fn params(memory: u32, passes: u32) -> Params {
        Params::new(memory, passes, 1, None).unwrap()
    }

    #[test]
    fn hash_is_one_that_others_can_check() {
        let hash = hash(b"correct horse", &params(64, 2), &mut Memory::default()).unwrap();
        assert!(Argon2::default().verify_password(b"correct horse", &hash).is_ok());
        assert!(
            Argon2::default()
                .verify_password(b"Correct horse", &hash)
                .is_err()
        );
    }

    #[test]
    fn memory_that_was_used_before_changes_nothing() {
        let mut memory = Memory::default();
        let weak = hash(b"correct horse", &params(32, 1), &mut memory).unwrap();
        let strong = hash(b"battery staple", &params(128, 3), &mut memory).unwrap();
        for memory in [&mut memory, &mut Memory::default()] {
            assert!(matches(b"correct horse", &weak, memory).unwrap());
            assert!(matches(b"battery staple", &strong, memory).unwrap());
            assert!(!matches(b"correct horse", &strong, memory).unwrap());
            assert!(!matches(b"", &weak, memory).unwrap());
        }
    }

    #[test]
    fn decoy_costs_what_a_hash_costs() {
        let params = params(64, 2);
        let real = hash(b"correct horse", &params, &mut Memory::default()).unwrap();
        let decoy = decoy(&params).unwrap();
        assert_eq!(decoy.params, real.params);
        assert_eq!(decoy.algorithm, real.algorithm);
        assert_eq!(decoy.version, real.version);
        assert_eq!(decoy.hash.unwrap().len(), real.hash.unwrap().len());
    }
}
