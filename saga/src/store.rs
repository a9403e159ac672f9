//! What a worker asks of the database that its sagas live in. [`Journal`](crate::Journal) is the one on PostgreSQL; the
//! simulation has one in memory, whose time and faults it decides.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use futures::future::BoxFuture;
use uuid::Uuid;

use crate::WorkerId;
use crate::journal::{Commit, Item, JournalError, Snapshot};

#[async_trait]
pub(crate) trait Store: Send + Sync + 'static {
    /// Takes a lease, or prolongs it. False where it had run out: whatever the worker drove may be another's by now.
    async fn renew_lease(&self, worker: WorkerId, ttl: Duration) -> Result<bool, JournalError>;

    /// Gives up the lease and frees what it covered, at once; how many.
    async fn give_up_lease(&self, worker: WorkerId) -> Result<usize, JournalError>;

    /// Frees the sagas of workers whose lease has run out; how many.
    async fn free_sagas_of_dead_workers(&self) -> Result<usize, JournalError>;

    /// Takes over sagas that are due and that nobody drives, of the definitions that are known. Each gets a new epoch.
    async fn claim(&self, worker: WorkerId, most: usize) -> Result<Vec<Snapshot>, JournalError>;

    /// How long until the next unowned saga of a known definition is due, if there is one.
    async fn next_due(&self) -> Result<Option<Duration>, JournalError>;

    /// The sagas among these that this worker drives, as they stand: for commits whose answer was lost.
    async fn reload(&self, worker: WorkerId, ids: Vec<Uuid>) -> Result<Vec<Snapshot>, JournalError>;

    /// The sagas that this worker drives, or should, and that nothing happened to for so long.
    async fn idle(&self, worker: WorkerId, since: Duration) -> Result<Vec<Snapshot>, JournalError>;

    /// Commits what happened to sagas in one transaction, each under its fence; the answers come in no particular order.
    /// An error that is not [`JournalError::is_unreachable`] means that nothing of it is written.
    async fn commit(&self, worker: WorkerId, items: Vec<Item>) -> Result<Vec<Commit>, JournalError>;
}

/// Time, as a worker sees it.
pub(crate) trait Clock: Send + Sync + 'static {
    fn now(&self) -> Instant;

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()>;
}

/// The machine's time.
pub(crate) struct MachineClock;

impl Clock for MachineClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep_until(deadline.into()))
    }
}
