//! Transactions that lose against others and run again.

use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error};

/// How often a transaction runs in all. Whoever wins against it has done something; losing this often is a fault.
const ATTEMPTS: usize = 5;

/// Counts the attempts at a transaction, for a loop around it where the futures must be `Send`: a closure that borrows
/// the connection, as [`retry_conflicts`] takes one, cannot show that its future is (Rust 1.95).
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
    /// Whether to run the whole transaction again: another one made it fail, inserted the same key first or cannot be
    /// serialized with it. The next attempt begins afresh and sees what the other one did.
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

/// Runs a whole transaction, again where another one made it fail: it inserted the same key first, or cannot be
/// serialized with it. Each attempt begins afresh and sees what the other one did.
///
/// # Errors
/// The last attempt's.
pub async fn retry_conflicts<T>(mut transaction: impl AsyncFnMut() -> QueryResult<T>) -> QueryResult<T> {
    let mut attempts = Attempts::default();
    loop {
        let result = transaction().await;
        if !attempts.again(&result) {
            return result;
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

    fn conflict() -> Error {
        Error::DatabaseError(DatabaseErrorKind::UniqueViolation, Box::new("taken".to_owned()))
    }

    #[tokio::test]
    async fn transaction_runs_again_after_a_conflict_only() {
        let mut runs = 0;
        let result = retry_conflicts(async || {
            runs += 1;
            if runs < 3 { Err(conflict()) } else { Ok(runs) }
        });
        assert_eq!(result.await, Ok(3));

        let mut runs = 0;
        let result: QueryResult<()> = retry_conflicts(async || {
            runs += 1;
            Err(Error::NotFound)
        })
        .await;
        assert_eq!((result, runs), (Err(Error::NotFound), 1));
    }

    #[tokio::test]
    async fn transaction_that_always_loses_fails() {
        let mut runs = 0;
        let result: QueryResult<()> = retry_conflicts(async || {
            runs += 1;
            Err(conflict())
        })
        .await;
        assert!(result.is_err());
        assert_eq!(runs, ATTEMPTS);
    }
}
