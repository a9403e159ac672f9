//! Argon2id (RFC 9106), off the threads that serve requests.
//!
//! Invariants: no more hashings run at a time than there are slots, each needs its memory only for that time; checking a
//! password costs the same whether there is a user or not.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::phc::{Output, PasswordHash, Salt};
use argon2::password_hash::{self, PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use tokio::task::JoinError;

use super::Password;

/// Who has waited for so long for a slot had better come again.
const WAIT_FOR_SLOT: Duration = Duration::from_secs(5);

/// Why a password could not be hashed or checked.
#[derive(Debug, thiserror::Error)]
pub enum HashError {
    /// Too many at a time.
    #[error("too many passwords are being checked")]
    Busy,
    /// The algorithm refused.
    #[error("a password cannot be hashed")]
    Hash(#[source] password_hash::Error),
    /// A stored hash cannot be read.
    #[error("a stored password hash cannot be read")]
    Stored(#[source] password_hash::Error),
    /// The thread broke, or the process stops.
    #[error("the hashing of a password broke off")]
    BrokenOff(#[source] JoinError),
}

/// Hashes and checks passwords.
#[derive(Clone)]
pub struct PasswordHasher {
    argon2: Argon2<'static>,
    decoy: PasswordHash,
    slots: Arc<Semaphore>,
    wait_for_slot: Duration,
}

impl PasswordHasher {
    /// Hashes with these parameters, as many passwords at a time.
    ///
    /// # Errors
    /// [`HashError::Hash`] where the parameters cannot be written down.
    pub fn new(params: Params, at_a_time: usize) -> Result<Self, HashError> {
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        Ok(Self {
            decoy: decoy(argon2.params()).map_err(HashError::Hash)?,
            argon2,
            slots: Arc::new(Semaphore::new(at_a_time)),
            wait_for_slot: WAIT_FOR_SLOT,
        })
    }

    /// The hash of a password as a PHC string, with a salt of its own.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn hash(&self, password: Password) -> Result<String, HashError> {
        let argon2 = self.argon2.clone();
        self.in_slot(move || {
            let hash: PasswordHash = argon2.hash_password(password.bytes()).map_err(HashError::Hash)?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether an attempt is the password behind a hash. Without a hash it is not, after the time that a hash of today's
    /// parameters takes.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn verify(&self, attempt: SecretString, hash: Option<&str>) -> Result<bool, HashError> {
        let hash = match hash {
            Some(text) => PasswordHash::new(text).map_err(|error| HashError::Stored(error.into()))?,
            None => self.decoy.clone(),
        };
        let argon2 = self.argon2.clone();
        self.in_slot(
            move || match argon2.verify_password(attempt.expose_secret().as_bytes(), &hash) {
                Ok(()) => Ok(true),
                Err(password_hash::Error::PasswordInvalid) => Ok(false),
                Err(error) => Err(HashError::Stored(error)),
            },
        )
        .await
    }

    /// The slot is held until the work ends, even if the request that asked for it is gone.
    async fn in_slot<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let waiting = Arc::clone(&self.slots).acquire_owned();
        // The inner error is that of a closed semaphore, and nobody closes ours.
        let Ok(Ok(slot)) = tokio::time::timeout(self.wait_for_slot, waiting).await else {
            return Err(HashError::Busy);
        };
        tokio::task::spawn_blocking(move || {
            let _held = slot;
            work()
        })
        .await
        .map_err(HashError::BrokenOff)?
    }
}

/// A hash that no password is known for, and that costs as much to check as a real one.
fn decoy(params: &Params) -> Result<PasswordHash, password_hash::Error> {
    let salt: [u8; 16] = rand::random();
    let output: [u8; Params::DEFAULT_OUTPUT_LEN] = rand::random();
    Ok(PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: params.try_into()?,
        salt: Some(Salt::new(&salt)?),
        hash: Some(Output::new(&output)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hasher(at_a_time: usize) -> PasswordHasher {
        PasswordHasher::new(Params::new(64, 1, 1, None).unwrap(), at_a_time).unwrap()
    }

    #[tokio::test]
    async fn password_fits_its_own_hash_only() {
        let hasher = hasher(2);
        let hash = hasher.hash("correct horse".parse().unwrap()).await.unwrap();
        let again = hasher.hash("correct horse".parse().unwrap()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{hash}");
        assert_ne!(hash, again, "each hash has a salt of its own");
        assert!(hasher.verify("correct horse".into(), Some(&hash)).await.unwrap());
        assert!(!hasher.verify("Correct horse".into(), Some(&hash)).await.unwrap());
    }

    #[tokio::test]
    async fn nobody_has_no_password() {
        assert!(!hasher(1).verify("correct horse".into(), None).await.unwrap());
    }

    #[test]
    fn decoy_costs_what_a_hash_costs() {
        let hasher = hasher(1);
        let real: PasswordHash = hasher.argon2.hash_password(b"correct horse").unwrap();
        assert_eq!(hasher.decoy.params, real.params);
        assert_eq!(hasher.decoy.hash.unwrap().len(), real.hash.unwrap().len());
        assert_eq!(hasher.decoy.algorithm, real.algorithm);
    }

    #[tokio::test]
    async fn hash_keeps_its_own_parameters_when_the_settings_change() {
        let hash = hasher(1).hash("correct horse".parse().unwrap()).await.unwrap();
        let stronger = PasswordHasher::new(Params::new(128, 2, 1, None).unwrap(), 1).unwrap();
        assert!(
            stronger
                .verify("correct horse".into(), Some(&hash))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn who_finds_no_slot_is_told_to_come_again() {
        let hasher = PasswordHasher {
            wait_for_slot: Duration::from_millis(1),
            ..hasher(1)
        };
        let _all_there_are = Arc::clone(&hasher.slots).acquire_owned().await.unwrap();
        let refused = hasher.verify("correct horse".into(), None).await;
        assert!(matches!(refused, Err(HashError::Busy)), "{refused:?}");
    }
}
