//! What the worker may drive: its lease, its claims, and the life that ends with a lost lease.

use std::time::Duration;

use tokio::task::JoinSet;

use super::Drive;
use crate::WorkerId;
use crate::journal::Snapshot;
use crate::worker::lanes::Lanes;

/// What is due may be locked by another worker's claim for a moment.
const SHORTEST_CLAIM_PAUSE: Duration = Duration::from_millis(5);

impl Drive {
    pub(super) fn renew_lease(&mut self) {
        if self.renewing {
            return;
        }
        self.renewing = true;
        let (beside, lease) = (self.beside(), self.settings.lease);
        self.tasks.spawn(async move { beside.renew_lease(lease).await });
    }

    pub(super) fn take_lease(&mut self, held: bool) {
        self.renewing = false;
        if !held {
            self.begin_new_life();
        } else if !self.has_lease {
            self.has_lease = true;
            self.link.works_as(Some(self.worker));
            self.next_claim = self.clock.now();
        }
    }

    /// Drops everything, and goes on under a new id: what was driven may be another's by now, and is claimed again if it
    /// is not. What is out is cut off; it could not be written any more.
    pub(super) fn begin_new_life(&mut self) {
        tracing::warn!(worker = %self.worker, driven = self.driven.len(), "the lease is lost");
        metrics::counter!("saga_leases_lost_total").increment(1);
        self.link.works_as(None);
        self.worker = WorkerId::random(&mut self.random);
        self.has_lease = false;
        self.driven.clear();
        self.lanes = Lanes::default();
        self.to_commit.clear();
        self.tasks = JoinSet::new();
        self.commits_under_way = 0;
        self.claiming = false;
        self.renewing = false;
        self.next_heartbeat = self.clock.now();
    }

    pub(super) fn claim_soon(&mut self) {
        self.claim_again = self.claiming;
        self.next_claim = self.clock.now();
    }

    pub(super) fn claim(&mut self) {
        let room = self
            .settings
            .most_driven
            .saturating_sub(self.driven.len())
            .min(self.settings.batch * 4);
        if !self.has_lease || room == 0 {
            self.next_claim = self.clock.now() + self.settings.scan;
            return;
        }
        self.claiming = true;
        let beside = self.beside();
        self.tasks.spawn(async move { beside.claim(room).await });
    }

    pub(super) fn take_claimed(&mut self, sagas: Vec<Snapshot>, next_due: Option<Duration>) {
        self.claiming = false;
        let again = std::mem::take(&mut self.claim_again) || !sagas.is_empty();
        self.go_on_with(sagas);
        let scan = self.settings.scan;
        let pause = next_due
            .unwrap_or(scan)
            .clamp(SHORTEST_CLAIM_PAUSE.min(scan), scan);
        self.next_claim = self.clock.now() + if again { Duration::ZERO } else { pause };
    }

    /// Looks, once a lease, for sagas that the database says are ours and that we do not drive: the answer to a claim was lost, or a
    /// transaction that started them took very long to commit.
    pub(super) fn reconcile(&mut self) {
        if self.has_lease {
            let (beside, since) = (self.beside(), self.settings.lease);
            self.tasks.spawn(async move { beside.find_idle(since).await });
        }
    }
}
