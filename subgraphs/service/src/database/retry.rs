//! Transactions that lose against others and run again.

use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error};

/// How often a transaction runs in all. Whoever wins against it has done something; losing this often is a fault.
const ATTEMPTS: usize = 5;

/// Runs a whole transaction, again where another one made it fail: it inserted the same key first, or cannot be
/// serialized with it. Each attempt begins afresh and sees what the other one did.
///
/// # Errors
/// The last attempt's.
pub async fn retry_conflicts<T>(mut transaction: impl AsyncFnMut() -> QueryResult<T>) -> QueryResult<T> {
    for _ in 1..ATTEMPTS {
        match transaction().await {
            Err(error) if is_conflict(&error) => tracing::debug!(%error, "a transaction runs again"),
            result => return result,
        }
    }
    transaction().await
}

fn is_conflict(error: &Error) -> bool {
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
