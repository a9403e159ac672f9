//! Why a scene did not go as it should.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::api::ApiError;
use crate::audit::AuditError;
use crate::databases::DatabaseError;
use crate::metrics::MetricError;
use crate::processes::ProcessError;
use crate::records::RecordError;
use crate::replica::ReplicaError;
use crate::stack::SettingError;
use crate::subscriber::SubscriptionError;

/// Why a scene did not go as it should.
#[derive(thiserror::Error)]
pub enum Failure {
    /// A setting is missing.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The API did not do what was asked.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// A subscription did not hold.
    #[error(transparent)]
    Subscription(#[from] SubscriptionError),
    /// The topic could not be read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A database could not be read.
    #[error(transparent)]
    Database(#[from] DatabaseError),
    /// A metric could not be read.
    #[error(transparent)]
    Metric(#[from] MetricError),
    /// A process could not be dealt with.
    #[error(transparent)]
    Process(#[from] ProcessError),
    /// A second process did not start.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// The invariants do not hold, or could not be checked.
    #[error(transparent)]
    Audit(#[from] AuditError),
    /// Something is not what it was told to be.
    #[error("{what} should be {told}, is {found}")]
    NotAsTold {
        /// What.
        what: String,
        /// What it should be.
        told: String,
        /// What it is.
        found: String,
    },
    /// Something that was waited for did not come.
    #[error("{what} did not come within {} s", waited.as_secs())]
    NeverCame {
        /// What.
        what: String,
        /// For how long it was waited for.
        waited: Duration,
    },
}

/// With its causes, on one line: this is what a failed test prints.
impl fmt::Debug for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self}")?;
        let mut cause = self.source();
        while let Some(error) = cause {
            write!(formatter, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// Holds what was found against what was told.
///
/// # Errors
/// [`Failure::NotAsTold`].
pub fn told<T: PartialEq<U> + fmt::Debug, U: fmt::Debug>(
    what: impl Into<String>,
    found: T,
    told: U,
) -> Result<T, Failure> {
    if found == told {
        return Ok(found);
    }
    Err(Failure::NotAsTold {
        what: what.into(),
        told: format!("{told:?}"),
        found: format!("{found:?}"),
    })
}

/// Holds the code of a refusal against what was told; what was done instead is not as told either.
///
/// # Errors
/// [`Failure::NotAsTold`], or an error that is no refusal.
pub fn refused<T>(what: &str, result: Result<T, ApiError>, code: &str) -> Result<ApiError, Failure> {
    match result {
        Ok(_) => Err(Failure::NotAsTold {
            what: what.to_owned(),
            told: format!("refused with {code}"),
            found: "done".to_owned(),
        }),
        Err(error) => match error.code() {
            Some(found) => {
                told(what, found, code)?;
                Ok(error)
            }
            None => Err(error.into()),
        },
    }
}
