//! Hashes passwords off the threads that serve requests.
//!
//! Invariants: no more hashings run at a time than there are slots, and each slot's memory is used again, so that the two
//! together bound what hashing costs; checking a password takes the same time whether there is a user or not.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use argon2::Params;
use argon2::password_hash;
use argon2::password_hash::phc::PasswordHash;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;
use tokio::task::JoinError;

use super::Password;
use super::argon2id::{self, Memory};

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
    params: Params,
    decoy: PasswordHash,
    slots: Arc<Semaphore>,
    /// At most one for each slot: those that no hashing has now.
    idle: Arc<Mutex<Vec<Memory>>>,
    wait_for_slot: Duration,
}

impl PasswordHasher {
    /// Hashes with these parameters, as many passwords at a time.
    ///
    /// # Errors
    /// [`HashError::Hash`] where the parameters cannot be written down.
    pub fn new(params: Params, at_a_time: usize) -> Result<Self, HashError> {
        Ok(Self {
            decoy: argon2id::decoy(&params).map_err(HashError::Hash)?,
            params,
            slots: Arc::new(Semaphore::new(at_a_time)),
            idle: Arc::default(),
            wait_for_slot: WAIT_FOR_SLOT,
        })
    }

    /// The hash of a password as a PHC string, with a salt of its own.
    ///
    /// # Errors
    /// [`HashError`].
    pub async fn hash(&self, password: Password) -> Result<String, HashError> {
        let params = self.params.clone();
        self.in_slot(move |memory| {
            let hash = argon2id::hash(password.bytes(), &params, memory);
            Ok(hash.map_err(HashError::Hash)?.to_string())
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
        self.in_slot(move |memory| {
            let attempt = attempt.expose_secret().as_bytes();
            argon2id::matches(attempt, &hash, memory).map_err(HashError::Stored)
        })
        .await
    }

    /// The slot is held until the work ends, even if the request that asked for it is gone.
    async fn in_slot<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Memory) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, HashError> {
        let waiting = Arc::clone(&self.slots).acquire_owned();
        // The inner error is that of a closed semaphore, and nobody closes ours.
        let Ok(Ok(slot)) = tokio::time::timeout(self.wait_for_slot, waiting).await else {
            return Err(HashError::Busy);
        };
        let idle = Arc::clone(&self.idle);
        tokio::task::spawn_blocking(move || {
            // A list of idle memories is right at every moment, also after a panic.
            let list = || idle.lock().unwrap_or_else(PoisonError::into_inner);
            let mut memory = list().pop().unwrap_or_default();
            let done = work(&mut memory);
            list().push(memory);
            // Last, so that there are never more memories than slots.
            drop(slot);
            done
        })
        .await
        .map_err(HashError::BrokenOff)?
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::futures_util::future::join_all;

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
    async fn what_is_no_hash_is_a_fault_and_not_a_wrong_password() {
        for stored in ["", "secret", "$argon2id$v=19$m=64,t=1,p=1"] {
            let refused = hasher(1).verify("secret".into(), Some(stored)).await;
            assert!(matches!(refused, Err(HashError::Stored(_))), "{refused:?}");
        }
    }

    #[tokio::test]
    async fn there_are_no_more_memories_than_slots() {
        let hasher = hasher(2);
        let attempts = (0..50).map(|_| hasher.verify("correct horse".into(), None));
        for matches in join_all(attempts).await {
            assert!(!matches.unwrap());
        }
        let memories = hasher.idle.lock().unwrap().len();
        assert!((1..=2).contains(&memories), "{memories}");
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
