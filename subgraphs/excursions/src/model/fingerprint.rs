//! Tells whether an idempotency key comes with the input that it first came with.

use serde::Serialize;
use sha2::{Digest, Sha256};

/// What became of a mutation that carries an idempotency key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Once<T> {
    /// It took effect now.
    Done(T),
    /// It had taken effect before, by the same input.
    Replayed(T),
    /// The key was used before with another input; nothing happened.
    KeyReused,
}

impl<T> Once<T> {
    /// What a key that was used before means for an input.
    pub fn again(first: T, first_fingerprint: &[u8], fingerprint: &[u8]) -> Self {
        if first_fingerprint == fingerprint {
            Self::Replayed(first)
        } else {
            Self::KeyReused
        }
    }
}

/// The SHA-256 of an input.
///
/// # Errors
/// Where the input cannot be written as JSON, which no struct of plain fields brings about.
pub fn fingerprint(input: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    Ok(Sha256::digest(serde_json::to_vec(input)?).to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_input_has_another_fingerprint() {
        let input = |title: &str| fingerprint(&(title, 90)).unwrap();
        assert_eq!(
            Once::again((), &input("Roofs"), &input("Roofs")),
            Once::Replayed(())
        );
        assert_eq!(
            Once::again((), &input("Roofs"), &input("Cellars")),
            Once::KeyReused
        );
    }
}
