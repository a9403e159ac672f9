//! The journal as a worker's store.

use std::time::Duration;

use async_trait::async_trait;
use uuid::Uuid;

use super::{Commit, Item, Journal, JournalError, Snapshot};
use crate::WorkerId;
use crate::store::Store;

#[async_trait]
impl Store for Journal {
    async fn renew_lease(&self, worker: WorkerId, ttl: Duration) -> Result<bool, JournalError> {
        self.prolong(worker, ttl).await
    }

    async fn give_up_lease(&self, worker: WorkerId) -> Result<usize, JournalError> {
        self.hand_over(worker).await
    }

    async fn free_sagas_of_dead_workers(&self) -> Result<usize, JournalError> {
        self.free_from_the_dead().await
    }

    async fn claim(&self, worker: WorkerId, most: usize) -> Result<Vec<Snapshot>, JournalError> {
        self.claim_due(worker, most).await
    }

    async fn next_due(&self) -> Result<Option<Duration>, JournalError> {
        self.until_next_due().await
    }

    async fn reload(&self, worker: WorkerId, ids: Vec<Uuid>) -> Result<Vec<Snapshot>, JournalError> {
        self.driven_among(worker, ids).await
    }

    async fn idle(&self, worker: WorkerId, since: Duration) -> Result<Vec<Snapshot>, JournalError> {
        self.idle_since(worker, since).await
    }

    async fn commit(&self, worker: WorkerId, items: Vec<Item>) -> Result<Vec<Commit>, JournalError> {
        self.commit_together(worker, items).await
    }
}
