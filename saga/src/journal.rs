//! The journal: sagas and what happened to them, in PostgreSQL.
//!
//! Invariants: a transition is committed in one transaction with its journal entries and with what local steps write; a
//! write by whoever does not drive the saga any more (other epoch, other owner, lease gone) changes nothing; one row that
//! cannot be written never fails its neighbours.

mod advance;
mod choose;
mod claim;
mod commit;
mod lease;
mod operator;
mod prune;
mod read;
mod row;
mod start;
mod statement;
mod store;
pub(crate) mod transition;
mod write;

use std::sync::Arc;
use std::time::Instant;

use diesel::result::DatabaseErrorKind;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::{Object, Pool, PoolError};

pub use operator::OperatorAction;
pub use read::{JournalEntry, Overview, SagaFilter, SagaRecord, Slice};
pub(crate) use row::Snapshot;
pub use start::NewSaga;
pub(crate) use start::start;
pub(crate) use transition::{Commit, Happened, Item};
pub(crate) use write::Fence;

use crate::definition::Registry;
use crate::meters;

/// Why the journal could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// No connection.
    #[error("no connection to the journal's database")]
    Pool(#[from] PoolError),
    /// Claiming failed.
    #[error("sagas cannot be claimed")]
    Claim(#[source] diesel::result::Error),
    /// Committing transitions failed.
    #[error("transitions cannot be committed")]
    Commit(#[source] diesel::result::Error),
    /// The lease cannot be renewed.
    #[error("the lease cannot be renewed")]
    Lease(#[source] diesel::result::Error),
    /// Reading failed.
    #[error("the journal cannot be read")]
    Read(#[source] diesel::result::Error),
    /// Forgetting failed.
    #[error("ended sagas cannot be deleted")]
    Prune(#[source] diesel::result::Error),
    /// A person's command failed.
    #[error("the command cannot be written")]
    Operate(#[source] diesel::result::Error),
    /// A row holds what this version does not know.
    #[error("the journal holds something unknown")]
    Unknown(#[from] crate::state::UnknownWord),
}

impl JournalError {
    /// Whether the database cannot be reached, as opposed to: it refuses these rows. Nothing may be assumed of what was
    /// to be written then.
    pub(crate) fn is_unreachable(&self) -> bool {
        match self {
            Self::Pool(_) => true,
            Self::Claim(error)
            | Self::Commit(error)
            | Self::Lease(error)
            | Self::Read(error)
            | Self::Prune(error)
            | Self::Operate(error) => is_unreachable(error),
            Self::Unknown(_) => false,
        }
    }
}

fn is_unreachable(error: &diesel::result::Error) -> bool {
    match error {
        diesel::result::Error::DatabaseError(kind, _) => {
            matches!(
                kind,
                DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection
            )
        }
        diesel::result::Error::BrokenTransactionManager => true,
        _ => false,
    }
}

/// The journal of one database, for the definitions of a registry.
#[derive(Clone)]
pub struct Journal {
    pool: Pool<AsyncPgConnection>,
    registry: Registry,
}

impl Journal {
    /// The journal behind a pool.
    #[must_use]
    pub fn new(pool: Pool<AsyncPgConnection>, registry: Registry) -> Self {
        Self { pool, registry }
    }

    /// The snapshots of sagas that were just started in this process. One whose definition is not registered here is left
    /// for others.
    pub(crate) fn started(&self, sagas: Vec<NewSaga>) -> Vec<Snapshot> {
        let now = Instant::now();
        let known = sagas.into_iter().filter_map(|saga| {
            let definition = self.registry.get(saga.definition, saga.version)?;
            Some(Snapshot::started(saga, Arc::clone(definition), now))
        });
        known.collect()
    }

    async fn connection(&self) -> Result<Object<AsyncPgConnection>, JournalError> {
        let began = Instant::now();
        let connection = self.pool.get().await;
        meters::connected(began.elapsed());
        Ok(connection?)
    }
}
