//! What runs beside the worker's task, and what it reports.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use opentelemetry::context::FutureExt as _;
use uuid::Uuid;

use super::split::commit_or_split;
use crate::action::Outcome;
use crate::definition::ErasedOutcome;
use crate::journal::{Commit, Fence, Item, Snapshot};
use crate::store::{Clock, Store};
use crate::worker::lanes::{Batch, Lane};
use crate::{JournalError, WorkerId, meters, trace};

const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(250);
/// A transaction whose caller is gone is over after so long, as a rule: its connection was closed with it.
const DOUBTFUL_TRANSACTION: Duration = Duration::from_secs(1);

/// What a task reports.
pub(super) enum Report {
    Answered {
        lane: Lane,
        answers: Vec<(Snapshot, ErasedOutcome)>,
    },
    Committed {
        commits: Vec<Commit>,
    },
    NotCommitted {
        items: Vec<Item>,
    },
    Claimed {
        sagas: Vec<Snapshot>,
        next_due: Option<Duration>,
    },
    NotClaimed,
    LeaseRenewed {
        held: bool,
    },
    LeaseUnknown,
    Reloaded {
        sagas: Vec<Snapshot>,
        asked: Vec<Fence>,
    },
    Found {
        worker: WorkerId,
        sagas: Vec<Snapshot>,
    },
}

/// What a task needs: the store, the time, and the name in which the worker works as the task begins.
pub(super) struct Beside {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) worker: WorkerId,
}

impl Beside {
    pub(super) async fn run_batch(self, batch: Batch, timeout: Duration) -> Report {
        let Batch { lane, action, sagas } = batch;
        let mut attempts = trace::Attempts::begin(sagas.iter());
        let commands = sagas.iter().enumerate();
        let commands = commands
            .map(|(index, saga)| attempts.command(index, saga))
            .collect();
        let failure = |message: &str| vec![Outcome::Failed(message.to_owned()); sagas.len()];
        let began = self.clock.now();
        let running = action.run(commands).with_context(attempts.lead());
        let running = AssertUnwindSafe(running).catch_unwind();
        let outcomes = tokio::select! {
            biased;
            outcomes = running => outcomes.unwrap_or_else(|_panic| failure("the action panicked")),
            () = self.clock.sleep_until(began + timeout) => failure("no answer in time"),
        };
        for (index, outcome) in outcomes.iter().enumerate().take(sagas.len()) {
            attempts.came(index, outcome);
        }
        drop(attempts);
        let retries = sagas.iter().filter(|saga| saga.place.attempts > 0).count();
        if let Some(saga) = sagas.first() {
            meters::Step::due(saga).ran(self.clock.now() - began, retries, &outcomes);
        }
        let answers = sagas.into_iter().zip(outcomes).collect();
        Report::Answered { lane, answers }
    }

    pub(super) async fn commit(self, items: Vec<Item>) -> Report {
        let began = self.clock.now();
        meters::committing(items.len());
        let context = trace::commit(items.iter().map(|item| &item.snapshot));
        let committing = commit_or_split(&*self.store, self.worker, items.clone());
        match committing.with_context(context).await {
            Ok(commits) => {
                meters::committed(self.clock.now() - began);
                Report::Committed { commits }
            }
            Err(error) => {
                warn("transitions are not committed yet; trying again", &error);
                self.pause(PAUSE_AFTER_ERROR).await;
                Report::NotCommitted { items }
            }
        }
    }

    pub(super) async fn claim(self, room: usize) -> Report {
        match self.claim_from_the_dead(room).await {
            Ok(sagas) => {
                // What is claimed is ours, whether or not the database answers once more.
                let next_due = self.store.next_due().await.unwrap_or_default();
                Report::Claimed { sagas, next_due }
            }
            Err(error) => {
                warn("nothing can be claimed; trying again", &error);
                self.pause(PAUSE_AFTER_ERROR).await;
                Report::NotClaimed
            }
        }
    }

    async fn claim_from_the_dead(&self, room: usize) -> Result<Vec<Snapshot>, JournalError> {
        let freed = self.store.free_sagas_of_dead_workers().await?;
        if freed > 0 {
            metrics::counter!("saga_takeovers_total").increment(freed as u64);
            tracing::info!(freed, "sagas of a dead worker are taken over");
        }
        self.store.claim(self.worker, room).await
    }

    pub(super) async fn renew_lease(self, lease: Duration) -> Report {
        match self.store.renew_lease(self.worker, lease).await {
            Ok(held) => Report::LeaseRenewed { held },
            Err(error) => {
                warn("the lease cannot be renewed; trying again", &error);
                Report::LeaseUnknown
            }
        }
    }

    /// Looks up sagas whose fence did not hold: another's, or an earlier try of the same commit has come through.
    pub(super) async fn reload_fenced(self, fenced: Vec<Fence>) -> Report {
        let ids = fenced.iter().map(|fence| fence.id).collect();
        Report::Reloaded {
            sagas: self.reload(ids).await,
            asked: fenced,
        }
    }

    /// Looks sagas up once the transaction that wrote them must be over.
    pub(super) async fn look_up_doubtful(self, ids: Vec<Uuid>) -> Report {
        self.pause(DOUBTFUL_TRANSACTION).await;
        Report::Found {
            sagas: self.reload(ids).await,
            worker: self.worker,
        }
    }

    /// The worker's sagas that nothing happened to for so long: they are out at a participant, or driven by nobody.
    pub(super) async fn find_idle(self, since: Duration) -> Report {
        let idle = self.store.idle(self.worker, since).await;
        let sagas = idle.unwrap_or_else(|error| {
            warn("idle sagas cannot be looked up", &error);
            Vec::new()
        });
        Report::Found {
            worker: self.worker,
            sagas,
        }
    }

    /// Asks until the database answers: what is not looked up is driven by nobody.
    async fn reload(&self, ids: Vec<Uuid>) -> Vec<Snapshot> {
        loop {
            match self.store.reload(self.worker, ids.clone()).await {
                Ok(sagas) => return sagas,
                Err(error) => {
                    warn("sagas cannot be looked up yet; trying again", &error);
                    self.pause(PAUSE_AFTER_ERROR).await;
                }
            }
        }
    }

    async fn pause(&self, length: Duration) {
        self.clock.sleep_until(self.clock.now() + length).await;
    }
}

fn warn(what: &str, error: &JournalError) {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::warn!(%error, cause, "{what}");
}
