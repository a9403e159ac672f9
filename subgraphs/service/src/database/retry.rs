//! Transactions that lose against others and run again.

use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error};

/// How often a transaction runs in all. Whoever wins against it has done something; losing this often is a fault.
const ATTEMPTS: usize = 5;

/// Counts the attempts at a transaction that others may make fail: one that inserted the same key first, or cannot be
/// serialized with it. Each attempt begins afresh and sees what the other one did. (A function that takes the transaction
/// as a closure could not show that its future is `Send`, as of Rust 1.95.)
///
/// ```text
/// let mut attempts = Attempts::default();
/// loop {
///     let result = connection.transaction(async |connection| attempt(connection).await).await;
///     if !attempts.again(&result) {
///         return result;
///     }
/// }
/// ```
#[derive(Debug, Default)]
pub struct Attempts(usize);

impl Attempts {
    /// Whether to run the whole transaction again.
    pub fn again<T>(&mut self, result: &QueryResult<T>) -> bool {
        self.0 += 1;
        match result {
            Err(error) if self.0 < ATTEMPTS && is_conflict(error) => {
                tracing::debug!(%error, "a transaction runs again");
                true
            }
            _ => false,
        }
    }
}

/// Whether a transaction failed because of another one, and may succeed if it is run again.
#[must_use]
pub fn is_conflict(error: &Error) -> bool {
    matches!(
        error,
        Error::DatabaseError(
            DatabaseErrorKind::UniqueViolation | DatabaseErrorKind::SerializationFailure,
            _
        )
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn conflict() -> QueryResult<()> {
        Err(Error::DatabaseError(
            DatabaseErrorKind::UniqueViolation,
            Box::new("taken".to_owned()),
        ))
    }

    #[test]
    fn transaction_runs_again_after_a_conflict_only() {
        let mut attempts = Attempts::default();
        assert!(attempts.again(&conflict()));
        assert!(!attempts.again(&Ok(())));
        assert!(!Attempts::default().again(&QueryResult::<()>::Err(Error::NotFound)));
    }

    #[test]
    fn transaction_that_always_loses_fails() {
        let mut attempts = Attempts::default();
        let mut runs = 1;
        while attempts.again(&conflict()) {
            runs += 1;
        }
        assert_eq!(runs, ATTEMPTS);
    }
}
