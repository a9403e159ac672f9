//! What runs beside the worker's task, and what it reports.

use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures::FutureExt;
use uuid::Uuid;

use crate::action::Outcome;
use crate::journal::{Commit, Fence, Item, Snapshot};
use crate::worker::lanes::{Batch, Lane};
use crate::{Journal, JournalError, WorkerId};

const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(250);
/// A transaction whose caller is gone is over after so long, as a rule: its connection was closed with it.
const DOUBTFUL_TRANSACTION: Duration = Duration::from_secs(1);
/// A saga that nothing happened to for so long is out at a participant, or driven by nobody.
const IDLE: Duration = Duration::from_secs(5);

/// What a task reports.
pub(super) enum Report {
    Answered {
        lane: Lane,
        items: Vec<Item>,
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

pub(super) async fn run_batch(batch: Batch, timeout: Duration) -> Report {
    let Batch {
        lane,
        step,
        action,
        sagas,
    } = batch;
    let commands = sagas.iter().map(Snapshot::command).collect();
    let failure = |message: &str| vec![Outcome::Failed(message.to_owned()); sagas.len()];
    let began = Instant::now();
    let running = AssertUnwindSafe(action.run(commands)).catch_unwind();
    let outcomes = match tokio::time::timeout(timeout, running).await {
        Ok(Ok(outcomes)) => outcomes,
        Ok(Err(_panic)) => failure("the action panicked"),
        Err(_elapsed) => failure("no answer in time"),
    };
    metrics::histogram!("saga_step_duration_seconds", "step" => step).record(began.elapsed().as_secs_f64());
    metrics::counter!("saga_step_commands_total", "step" => step).increment(sagas.len() as u64);
    let failed = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Outcome::Failed(_)))
        .count();
    metrics::counter!("saga_step_failures_total", "step" => step).increment(failed as u64);
    let items = sagas.into_iter().zip(outcomes);
    let items = items
        .map(|(snapshot, outcome)| Item {
            snapshot,
            outcome: Some(outcome),
        })
        .collect();
    Report::Answered { lane, items }
}

pub(super) async fn commit(journal: &Journal, worker: WorkerId, items: Vec<Item>) -> Report {
    let began = Instant::now();
    metrics::counter!("saga_commits_total").increment(1);
    metrics::counter!("saga_transitions_total").increment(items.len() as u64);
    match journal.commit(worker, items.clone()).await {
        Ok(commits) => {
            metrics::histogram!("saga_commit_duration_seconds").record(began.elapsed().as_secs_f64());
            Report::Committed { commits }
        }
        Err(error) => {
            warn("transitions are not committed yet; trying again", &error);
            tokio::time::sleep(PAUSE_AFTER_ERROR).await;
            Report::NotCommitted { items }
        }
    }
}

pub(super) async fn claim(journal: &Journal, worker: WorkerId, room: usize) -> Report {
    match claim_from_the_dead(journal, worker, room).await {
        Ok(sagas) => {
            // What is claimed is ours, whether or not the database answers once more.
            let next_due = journal.next_due().await.unwrap_or_default();
            Report::Claimed { sagas, next_due }
        }
        Err(error) => {
            warn("nothing can be claimed; trying again", &error);
            tokio::time::sleep(PAUSE_AFTER_ERROR).await;
            Report::NotClaimed
        }
    }
}

async fn claim_from_the_dead(
    journal: &Journal,
    worker: WorkerId,
    room: usize,
) -> Result<Vec<Snapshot>, JournalError> {
    let freed = journal.free_sagas_of_dead_workers().await?;
    if freed > 0 {
        metrics::counter!("saga_takeovers_total").increment(freed as u64);
        tracing::info!(freed, "sagas of a dead worker are taken over");
    }
    journal.claim(worker, room).await
}

pub(super) async fn renew_lease(journal: &Journal, worker: WorkerId, lease: Duration) -> Report {
    match journal.renew_lease(worker, lease).await {
        Ok(held) => Report::LeaseRenewed { held },
        Err(error) => {
            warn("the lease cannot be renewed; trying again", &error);
            Report::LeaseUnknown
        }
    }
}

/// Looks up sagas whose fence did not hold: another's, or an earlier try of the same commit has come through.
pub(super) async fn reload_fenced(journal: &Journal, worker: WorkerId, fenced: Vec<Fence>) -> Report {
    let ids = fenced.iter().map(|fence| fence.id).collect();
    Report::Reloaded {
        sagas: reload(journal, worker, ids).await,
        asked: fenced,
    }
}

/// Looks sagas up once the transaction that wrote them must be over.
pub(super) async fn look_up_doubtful(journal: &Journal, worker: WorkerId, ids: Vec<Uuid>) -> Report {
    tokio::time::sleep(DOUBTFUL_TRANSACTION).await;
    Report::Found {
        worker,
        sagas: reload(journal, worker, ids).await,
    }
}

/// The worker's sagas that nothing happened to for a while.
pub(super) async fn find_idle(journal: &Journal, worker: WorkerId) -> Report {
    let sagas = journal.idle(worker, IDLE).await.unwrap_or_else(|error| {
        warn("idle sagas cannot be looked up", &error);
        Vec::new()
    });
    Report::Found { worker, sagas }
}

/// Asks until the database answers: what is not looked up is driven by nobody.
async fn reload(journal: &Journal, worker: WorkerId, ids: Vec<Uuid>) -> Vec<Snapshot> {
    loop {
        match journal.reload(worker, ids.clone()).await {
            Ok(sagas) => return sagas,
            Err(error) => {
                warn("sagas cannot be looked up yet; trying again", &error);
                tokio::time::sleep(PAUSE_AFTER_ERROR).await;
            }
        }
    }
}

fn warn(what: &str, error: &JournalError) {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::warn!(%error, cause, "{what}");
}
