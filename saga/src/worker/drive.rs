//! The worker's one task.

use std::collections::{HashMap, VecDeque};
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};

use futures::FutureExt;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::handle::{Ended, Handle, Message};
use super::lanes::{Batch, Lane, Lanes};
use super::{AfterCommit, Worker, WorkerSettings};
use crate::action::Outcome;
use crate::definition::Doing;
use crate::journal::{Commit, Fence, Item, Snapshot};
use crate::{Journal, JournalError, WorkerId};

/// What is due may be locked by another worker's claim for a moment.
const SHORTEST_CLAIM_PAUSE: Duration = Duration::from_millis(5);
const PAUSE_AFTER_ERROR: Duration = Duration::from_millis(250);
/// A transaction whose caller is gone is over after so long: its connection was closed with it.
const DOUBTFUL_TRANSACTION: Duration = Duration::from_secs(1);
/// What is out when the worker is told to stop gets this long to come back.
const LAST_COMMITS: Duration = Duration::from_secs(5);

/// What a task beside the worker reports.
enum Report {
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
    LeaseRenewed {
        worker: WorkerId,
        held: bool,
    },
    Reloaded {
        sagas: Vec<Snapshot>,
        asked: Vec<Fence>,
    },
    Found {
        worker: WorkerId,
        sagas: Vec<Snapshot>,
    },
    Failed {
        what: &'static str,
        error: JournalError,
    },
}

pub(super) struct Drive {
    journal: Journal,
    settings: WorkerSettings,
    handle: Handle,
    messages: mpsc::UnboundedReceiver<Message>,
    after_commit: AfterCommit,
    worker: WorkerId,
    /// While there is no lease nothing is claimed and nothing started in this worker's name.
    has_lease: bool,
    /// What is driven, under which epoch: a report of another epoch is of an earlier life, and passed over.
    driven: HashMap<Uuid, i64>,
    lanes: Lanes,
    to_commit: VecDeque<Item>,
    commits_under_way: usize,
    tasks: JoinSet<Report>,
    claiming: bool,
    renewing: bool,
    claim_again: bool,
    next_claim: Instant,
    next_heartbeat: Instant,
}

impl Drive {
    pub(super) fn new(worker: Worker) -> Self {
        let now = Instant::now();
        Self {
            journal: worker.journal,
            settings: worker.settings,
            handle: worker.handle,
            messages: worker.started,
            after_commit: worker.after_commit,
            worker: WorkerId::new(),
            has_lease: false,
            driven: HashMap::new(),
            lanes: Lanes::default(),
            to_commit: VecDeque::new(),
            commits_under_way: 0,
            tasks: JoinSet::new(),
            claiming: false,
            renewing: false,
            claim_again: false,
            next_claim: now,
            next_heartbeat: now,
        }
    }

    pub(super) async fn run(mut self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            self.send_out();
            let wake = self.next_heartbeat.min(if self.claiming {
                self.next_heartbeat
            } else {
                self.next_claim
            });
            tokio::select! {
                () = shutdown.cancelled() => break,
                Some(message) = self.messages.recv() => self.hear(message),
                Some(report) = self.tasks.join_next() => self.take_report(report),
                () = tokio::time::sleep_until(wake.into()) => self.on_time(),
            }
        }
        self.hand_over().await;
    }

    /// Heartbeat, and claims.
    fn on_time(&mut self) {
        let now = Instant::now();
        if now >= self.next_heartbeat && !self.renewing {
            self.renew_lease();
        }
        if now >= self.next_heartbeat {
            self.next_heartbeat = now + self.settings.heartbeat;
        }
        if now >= self.next_claim && !self.claiming {
            self.claim();
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            // Started in the name of a life that is over: they are claimed like any others.
            Message::Started(worker, sagas) if worker == self.worker => {
                sagas.into_iter().for_each(|saga| self.go_on(saga));
            }
            Message::Doubtful(worker, ids) if worker == self.worker => self.reload_doubtful(ids),
            Message::Doubtful(..) => {}
            Message::Started(..) | Message::Look if self.claiming => self.claim_again = true,
            Message::Started(..) | Message::Look => self.claim(),
        }
    }

    /// Queues the step that is due.
    fn go_on(&mut self, saga: Snapshot) {
        self.driven.insert(saga.id.0, saga.epoch);
        match saga.due() {
            Some(Doing::Remote(_)) => self.lanes.push(saga),
            // A local step runs within the commit. One that has nothing due is a defect; its commit says so.
            Some(Doing::Local(_)) | None => self.to_commit.push_back(Item {
                snapshot: saga,
                outcome: None,
            }),
        }
    }

    fn queue_commits(&mut self, items: Vec<Item>) {
        let driven = &self.driven;
        let still_driven = |item: &Item| driven.get(&item.snapshot.id.0) == Some(&item.snapshot.epoch);
        self.to_commit.extend(items.into_iter().filter(still_driven));
    }

    fn send_out(&mut self) {
        for batch in self
            .lanes
            .take_batches(self.settings.batch, self.settings.batches_per_step)
        {
            let timeout = self.settings.answer_timeout;
            self.tasks.spawn(async move { run_batch(batch, timeout).await });
        }
        while self.commits_under_way < self.settings.commits && !self.to_commit.is_empty() {
            let count = self.to_commit.len().min(self.settings.batch);
            let items: Vec<Item> = self.to_commit.drain(..count).collect();
            let (journal, worker) = (self.journal.clone(), self.worker);
            self.commits_under_way += 1;
            self.tasks
                .spawn(async move { commit(&journal, worker, items).await });
        }
        metrics::gauge!("saga_driven").set(self.driven.len() as f64);
    }

    fn take_report(&mut self, report: Result<Report, tokio::task::JoinError>) {
        let report = match report {
            Ok(report) => report,
            Err(error) => {
                // Actions' panics are caught where they run; what is left is a defect of the worker itself. What the task
                // held is claimed again in the next life.
                tracing::error!(%error, "a task of the worker broke");
                self.lose_lease();
                return;
            }
        };
        match report {
            Report::Answered { lane, items } => {
                self.lanes.returned(lane);
                self.queue_commits(items);
            }
            Report::Committed { commits } => {
                self.commits_under_way -= 1;
                (self.after_commit)();
                self.settle(commits);
            }
            Report::NotCommitted { items } => {
                self.commits_under_way -= 1;
                self.queue_commits(items);
            }
            Report::Claimed { sagas, next_due } => {
                self.claiming = false;
                let room_left = sagas.is_empty();
                sagas.into_iter().for_each(|saga| self.go_on(saga));
                let pause = next_due
                    .unwrap_or(self.settings.scan)
                    .clamp(SHORTEST_CLAIM_PAUSE, self.settings.scan);
                let again = self.claim_again || !room_left;
                self.claim_again = false;
                self.next_claim = Instant::now() + if again { Duration::ZERO } else { pause };
            }
            Report::LeaseRenewed { worker, held } => {
                self.renewing = false;
                if worker != self.worker {
                    return;
                }
                if held && !self.has_lease {
                    self.has_lease = true;
                    self.handle.works_as(Some(worker));
                    self.next_claim = Instant::now();
                } else if !held {
                    self.lose_lease();
                }
            }
            Report::Reloaded { sagas, asked } => {
                let mut sagas: HashMap<Uuid, Snapshot> =
                    sagas.into_iter().map(|saga| (saga.id.0, saga)).collect();
                for fence in asked {
                    if self.driven.get(&fence.id) != Some(&fence.epoch) {
                        continue;
                    }
                    self.driven.remove(&fence.id);
                    let ours = sagas.remove(&fence.id).filter(|saga| saga.epoch == fence.epoch);
                    ours.into_iter().for_each(|saga| self.go_on(saga));
                }
            }
            Report::Found { worker, sagas } => {
                let ours = sagas
                    .into_iter()
                    .filter(|saga| !self.driven.contains_key(&saga.id.0));
                let ours: Vec<Snapshot> = if worker == self.worker {
                    ours.collect()
                } else {
                    Vec::new()
                };
                ours.into_iter().for_each(|saga| self.go_on(saga));
            }
            Report::Failed { what, error } => {
                self.renewing &= what != "lease";
                self.claiming &= what != "claim";
                self.next_claim = Instant::now() + PAUSE_AFTER_ERROR;
                tracing::warn!(%error, cause = std::error::Error::source(&error).map(ToString::to_string), what,
                    "the journal does not answer; trying again");
            }
        }
    }

    fn settle(&mut self, commits: Vec<Commit>) {
        let mut fenced = Vec::new();
        for commit in commits {
            match commit {
                Commit::Driving(saga) => self.go_on(saga),
                Commit::AtRest(saga) => {
                    self.driven.remove(&saga.id.0);
                    let status = saga.place.status;
                    let labels = [("definition", saga.definition.name), ("status", status.as_str())];
                    metrics::counter!("saga_at_rest_total", &labels).increment(1);
                    self.handle.ended(Ended {
                        saga: saga.id,
                        status,
                    });
                }
                // No longer ours until it is due; a local step may have started others: look soon.
                Commit::Waiting(id) => {
                    self.driven.remove(&id.0);
                    self.claim_soon();
                }
                Commit::Fenced(fence) => fenced.push(fence),
            }
        }
        if !fenced.is_empty() {
            let (journal, worker) = (self.journal.clone(), self.worker);
            self.tasks.spawn(async move {
                let ids = fenced.iter().map(|fence| fence.id).collect();
                Report::Reloaded {
                    sagas: reload(&journal, worker, ids).await,
                    asked: fenced,
                }
            });
        }
    }

    /// Looks sagas up once their transaction must be over, and goes on with those that exist.
    fn reload_doubtful(&mut self, ids: Vec<Uuid>) {
        let (journal, worker) = (self.journal.clone(), self.worker);
        self.tasks.spawn(async move {
            tokio::time::sleep(DOUBTFUL_TRANSACTION).await;
            Report::Found {
                worker,
                sagas: reload(&journal, worker, ids).await,
            }
        });
    }

    fn claim_soon(&mut self) {
        if self.claiming {
            self.claim_again = true;
        } else {
            self.next_claim = Instant::now();
        }
    }

    fn claim(&mut self) {
        let room = self
            .settings
            .most_driven
            .saturating_sub(self.driven.len())
            .min(self.settings.batch * 4);
        if !self.has_lease || room == 0 {
            self.next_claim = Instant::now() + self.settings.scan;
            return;
        }
        self.claiming = true;
        let (journal, worker) = (self.journal.clone(), self.worker);
        self.tasks.spawn(async move {
            match claim(&journal, worker, room).await {
                Ok((sagas, next_due)) => Report::Claimed { sagas, next_due },
                Err(error) => Report::Failed { what: "claim", error },
            }
        });
    }

    fn renew_lease(&mut self) {
        self.renewing = true;
        let (journal, worker, lease) = (self.journal.clone(), self.worker, self.settings.lease);
        self.tasks.spawn(async move {
            match journal.renew_lease(worker, lease).await {
                Ok(held) => Report::LeaseRenewed { worker, held },
                Err(error) => Report::Failed { what: "lease", error },
            }
        });
    }

    /// Begins a new life: what was driven may be another's by now, and is claimed again if it is not.
    fn lose_lease(&mut self) {
        tracing::warn!(worker = %self.worker, driven = self.driven.len(), "the lease is lost");
        metrics::counter!("saga_leases_lost_total").increment(1);
        self.worker = WorkerId::new();
        self.has_lease = false;
        self.handle.works_as(None);
        self.driven.clear();
        self.lanes.clear();
        self.to_commit.clear();
        self.next_heartbeat = Instant::now();
    }

    /// Waits for what is out, commits it, and gives up the lease.
    async fn hand_over(mut self) {
        self.handle.works_as(None);
        self.lanes.clear();
        let last_commits = async {
            while self.commits_under_way > 0 || !self.to_commit.is_empty() || !self.tasks.is_empty() {
                self.send_out_commits();
                match self.tasks.join_next().await {
                    Some(Ok(Report::Answered { items, .. } | Report::NotCommitted { items })) => {
                        self.to_commit.extend(items);
                    }
                    Some(Ok(Report::Committed { commits })) => {
                        self.commits_under_way -= 1;
                        for commit in commits {
                            if let Commit::AtRest(saga) = commit {
                                self.handle.ended(Ended {
                                    saga: saga.id,
                                    status: saga.place.status,
                                });
                            }
                        }
                    }
                    _ => {}
                }
            }
        };
        if tokio::time::timeout(LAST_COMMITS, last_commits).await.is_err() {
            tracing::warn!("some answers did not come in time; their steps run again elsewhere");
        }
        match self.journal.give_up_lease(self.worker).await {
            Ok(sagas) => tracing::info!(sagas, "sagas are handed over"),
            Err(error) => tracing::warn!(%error, "the lease could not be given up; it runs out by itself"),
        }
    }

    fn send_out_commits(&mut self) {
        while self.commits_under_way < self.settings.commits && !self.to_commit.is_empty() {
            let items: Vec<Item> = self.to_commit.drain(..).collect();
            let (journal, worker) = (self.journal.clone(), self.worker);
            self.commits_under_way += 1;
            self.tasks
                .spawn(async move { commit(&journal, worker, items).await });
        }
    }
}

async fn run_batch(batch: Batch, timeout: Duration) -> Report {
    let Batch {
        lane,
        step,
        action,
        sagas,
    } = batch;
    let commands = sagas.iter().map(Snapshot::command).collect();
    let began = Instant::now();
    let failure = |message: &str| vec![Outcome::Failed(message.to_owned()); sagas.len()];
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
    let items = sagas
        .into_iter()
        .zip(outcomes)
        .map(|(snapshot, outcome)| Item {
            snapshot,
            outcome: Some(outcome),
        })
        .collect();
    Report::Answered { lane, items }
}

async fn commit(journal: &Journal, worker: WorkerId, items: Vec<Item>) -> Report {
    let began = Instant::now();
    metrics::counter!("saga_commits_total").increment(1);
    metrics::counter!("saga_transitions_total").increment(items.len() as u64);
    match journal.commit(worker, items.clone()).await {
        Ok(commits) => {
            metrics::histogram!("saga_commit_duration_seconds").record(began.elapsed().as_secs_f64());
            Report::Committed { commits }
        }
        Err(error) => {
            tracing::warn!(%error, cause = std::error::Error::source(&error).map(ToString::to_string),
                sagas = items.len(), "transitions are not committed yet; trying again");
            tokio::time::sleep(PAUSE_AFTER_ERROR).await;
            Report::NotCommitted { items }
        }
    }
}

async fn claim(
    journal: &Journal,
    worker: WorkerId,
    room: usize,
) -> Result<(Vec<Snapshot>, Option<Duration>), JournalError> {
    let freed = journal.free_sagas_of_dead_workers().await?;
    if freed > 0 {
        metrics::counter!("saga_takeovers_total").increment(freed as u64);
        tracing::info!(freed, "sagas of a dead worker are taken over");
    }
    let sagas = journal.claim(worker, room).await?;
    Ok((sagas, journal.next_due().await?))
}

/// Asks until the database answers: what is not looked up is driven by nobody.
async fn reload(journal: &Journal, worker: WorkerId, ids: Vec<Uuid>) -> Vec<Snapshot> {
    loop {
        match journal.reload(worker, ids.clone()).await {
            Ok(sagas) => return sagas,
            Err(error) => {
                tracing::warn!(%error, "sagas cannot be looked up yet; trying again");
                tokio::time::sleep(PAUSE_AFTER_ERROR).await;
            }
        }
    }
}
