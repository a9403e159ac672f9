//! The journal: sagas and what happened to them, in PostgreSQL.
//!
//! Invariants: a transition is committed in one transaction with its journal entries and with what local steps write; a
//! write by whoever does not drive the saga any more (other epoch, other owner, lease gone) changes nothing; one row that
//! cannot be written never fails its neighbours.

mod advance;
mod claim;
mod commit;
mod lease;
mod operator;
mod read;
mod row;
mod start;
mod write;

use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::{Object, Pool, PoolError};

pub(crate) use commit::{Commit, Fence, Item};
pub use operator::OperatorAction;
pub use read::{JournalEntry, Overview, SagaFilter, SagaRecord, Slice};
pub(crate) use row::Snapshot;
pub use start::NewSaga;
pub(crate) use start::start;

use crate::definition::Registry;

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
    /// A person's command failed.
    #[error("the command cannot be written")]
    Operate(#[source] diesel::result::Error),
    /// A row holds what this version does not know.
    #[error("the journal holds something unknown")]
    Unknown(#[from] crate::state::UnknownWord),
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
        let known = sagas.into_iter().filter_map(|saga| {
            let definition = self.registry.get(saga.definition, saga.version)?;
            Some(Snapshot::started(saga, std::sync::Arc::clone(definition)))
        });
        known.collect()
    }

    async fn connection(&self) -> Result<Object<AsyncPgConnection>, JournalError> {
        Ok(self.pool.get().await?)
    }
}
