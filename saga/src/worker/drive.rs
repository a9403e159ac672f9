//! The worker's one task: it owns all that changes, and decides.

mod hand_over;
mod lease;
mod split;
mod tasks;

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use rand::RngExt;
use rand::rngs::StdRng;
use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::handle::{Ended, Link, Message};
use super::lanes::{Bound, Lanes};
use super::{AfterCommit, Worker, WorkerSettings};
use crate::WorkerId;
use crate::definition::{Doing, ErasedOutcome};
use crate::journal::{Commit, Fence, Happened, Item, Snapshot};
use crate::state::Status;
use crate::store::{Clock, Store};
use crate::trace;
use tasks::{Beside, Report};

pub(super) struct Drive {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: StdRng,
    settings: WorkerSettings,
    link: Link,
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
    next_reconciliation: Instant,
}

impl Drive {
    pub(super) fn new(worker: Worker) -> Self {
        let mut random = worker.random;
        let now = worker.clock.now();
        Self {
            worker: WorkerId::random(&mut random),
            store: worker.store,
            clock: worker.clock,
            random,
            settings: worker.settings,
            link: worker.link,
            messages: worker.messages,
            after_commit: worker.after_commit,
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
            next_reconciliation: now,
        }
    }

    pub(super) async fn run(mut self, shutdown: CancellationToken) {
        while !shutdown.is_cancelled() {
            self.send_out();
            let wake = self.next_wake();
            tokio::select! {
                // In this order, so that the lease is renewed however much there is to do, and so that a simulation
                // plays the same twice.
                biased;
                () = shutdown.cancelled() => break,
                () = self.clock.sleep_until(wake) => self.on_time(),
                Some(message) = self.messages.recv() => self.hear(message),
                Some(report) = self.tasks.join_next() => self.take_report(report),
            }
        }
        self.hand_over().await;
    }

    fn hear(&mut self, message: Message) {
        match message {
            // Started in the name of a life that is over: they are claimed like any others.
            Message::Started(worker, sagas) if worker == self.worker => self.go_on_with(sagas),
            Message::Doubtful(worker, ids) if worker == self.worker => {
                let beside = self.beside();
                self.tasks
                    .spawn(async move { beside.look_up_doubtful(ids).await });
            }
            Message::Doubtful(..) => {}
            Message::Started(..) | Message::Look => self.claim_soon(),
        }
    }

    /// Goes on with sagas that came to this worker, each once: an answer that was long under way may tell of one that is
    /// driven already.
    fn go_on_with(&mut self, sagas: Vec<Snapshot>) {
        for saga in sagas {
            if self
                .driven
                .get(&saga.id.0)
                .is_none_or(|epoch| *epoch < saga.epoch)
            {
                self.go_on(saga);
            }
        }
    }

    /// Queues the step that is due.
    fn go_on(&mut self, saga: Snapshot) {
        self.driven.insert(saga.id.0, saga.epoch);
        match saga.due() {
            Some(Doing::Remote(_)) => self.lanes.push(saga),
            // A local step runs within the commit. One that has nothing due is a defect; its commit says so.
            Some(Doing::Local(_)) | None => {
                let item = self.item(saga, Happened::Due);
                self.to_commit.push_back(item);
            }
        }
    }

    fn item(&mut self, snapshot: Snapshot, happened: Happened) -> Item {
        Item {
            snapshot,
            happened,
            at: self.clock.now(),
            jitter: self.random.random(),
        }
    }

    fn queue_answers(&mut self, answers: Vec<(Snapshot, ErasedOutcome)>) {
        for (snapshot, outcome) in answers {
            let item = self.item(snapshot, Happened::Came(outcome));
            self.queue_commits(vec![item]);
        }
    }

    fn queue_commits(&mut self, items: Vec<Item>) {
        let driven = &self.driven;
        let still_driven = |item: &Item| driven.get(&item.snapshot.id.0) == Some(&item.snapshot.epoch);
        self.to_commit.extend(items.into_iter().filter(still_driven));
    }

    /// What runs beside this task, in the worker's name of now.
    fn beside(&self) -> Beside {
        Beside {
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            worker: self.worker,
        }
    }

    /// Sends what may go to participants, and to the journal.
    fn send_out(&mut self) {
        for batch in self
            .lanes
            .take_batches(self.bound(), self.settings.batches_per_step)
        {
            let (beside, timeout) = (self.beside(), self.settings.answer_timeout);
            self.tasks
                .spawn(async move { beside.run_batch(batch, timeout).await });
        }
        self.send_commits();
        metrics::gauge!("saga_driven").set(self.driven.len() as f64);
    }

    fn bound(&self) -> Bound {
        Bound {
            sagas: self.settings.batch,
            bytes: self.settings.batch_bytes,
        }
    }

    fn send_commits(&mut self) {
        while self.commits_under_way < self.settings.commits && !self.to_commit.is_empty() {
            let count = self.bound().fitting(self.to_commit.iter().map(Item::bytes));
            let items: Vec<Item> = self.to_commit.drain(..count).collect();
            let beside = self.beside();
            self.commits_under_way += 1;
            self.tasks.spawn(async move { beside.commit(items).await });
        }
    }

    fn take_report(&mut self, report: Result<Report, JoinError>) {
        let report = match report {
            Ok(report) => report,
            Err(error) => {
                // Actions' panics are caught where they run; what is left is a defect of the worker itself.
                tracing::error!(%error, "a task of the worker broke");
                return self.begin_new_life();
            }
        };
        match report {
            Report::Answered { lane, answers } => {
                self.lanes.returned(lane);
                self.queue_answers(answers);
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
            Report::Claimed { sagas, next_due } => self.take_claimed(sagas, next_due),
            Report::NotClaimed => self.take_claimed(Vec::new(), None),
            Report::LeaseRenewed { held } => self.take_lease(held),
            // Not known: it counts as held as long as writes succeed, which are conditional on it.
            Report::LeaseUnknown => self.renewing = false,
            Report::Reloaded { sagas, asked } => self.go_on_with_reloaded(sagas, asked),
            Report::Found { worker, sagas } if worker == self.worker => self.go_on_with(sagas),
            // Looked up in a name that is not this worker's any more.
            Report::Found { .. } => {}
        }
    }

    fn settle(&mut self, commits: Vec<Commit>) {
        let mut fenced = Vec::new();
        for commit in commits {
            match commit {
                Commit::Driving(saga) => self.go_on(saga),
                Commit::AtRest(saga) => {
                    self.driven.remove(&saga.id.0);
                    self.tell_end(&saga);
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
            let beside = self.beside();
            self.tasks
                .spawn(async move { beside.reload_fenced(fenced).await });
        }
    }

    fn tell_end(&self, saga: &Snapshot) {
        let status = saga.place.status;
        if status == Status::Parked {
            trace::parked(saga);
        }
        let labels = [("definition", saga.definition.name), ("status", status.as_str())];
        metrics::counter!("saga_at_rest_total", &labels).increment(1);
        self.link.ended(Ended {
            saga: saga.id,
            status,
        });
    }

    /// Goes on with those whose earlier commit had come through after all, and lets go of the others.
    fn go_on_with_reloaded(&mut self, sagas: Vec<Snapshot>, asked: Vec<Fence>) {
        let mut sagas: HashMap<Uuid, Snapshot> = sagas.into_iter().map(|saga| (saga.id.0, saga)).collect();
        for fence in asked {
            if self.driven.get(&fence.id) == Some(&fence.epoch) {
                self.driven.remove(&fence.id);
                let ours = sagas.remove(&fence.id).filter(|saga| saga.epoch == fence.epoch);
                ours.into_iter().for_each(|saga| self.go_on(saga));
            }
        }
    }

    /// When something is due that nobody reports.
    fn next_wake(&self) -> Instant {
        let claim = if self.claiming {
            self.next_heartbeat
        } else {
            self.next_claim
        };
        claim.min(self.next_heartbeat)
    }

    fn on_time(&mut self) {
        let now = self.clock.now();
        if now >= self.next_heartbeat {
            self.next_heartbeat = now + self.settings.heartbeat;
            self.renew_lease();
        }
        if now >= self.next_claim && !self.claiming {
            self.claim();
        }
        if now >= self.next_reconciliation {
            self.next_reconciliation = now + self.settings.lease;
            self.reconcile();
        }
    }
}
