//! The worker: drives the sagas that it holds the lease for.
//!
//! One task owns all that changes and decides; participants' calls and commits run beside it and report back. Each step
//! of a definition has a lane: while the lane's batches are out, sagas gather in it, and go together with the next.
//! Commits gather in the same way. So a batch is one saga when there is nothing to do, and grows when there is much.
//!
//! ```text
//!  start, claim ──▶ lane ──▶ participant ──▶ commit ──▶ next lane … ──▶ at rest
//! ```

mod drive;
mod handle;
mod lanes;

use std::sync::Arc;
use std::time::Duration;

pub use handle::{Ended, Handle, Started};
pub(crate) use handle::{Link, Message};
use rand::rngs::StdRng;

use crate::store::{Clock, MachineClock, Store};
use crate::{Journal, meters};
use drive::Drive;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// How a worker works.
#[derive(Clone, Copy, Debug)]
pub struct WorkerSettings {
    /// How long a lease lasts: a worker that dies is taken over after so long.
    pub lease: Duration,
    /// How often it is prolonged; well below the lease.
    pub heartbeat: Duration,
    /// How often to look for sagas of dead workers and for those that others have handed over.
    pub scan: Duration,
    /// The most sagas driven at once; others wait in the database.
    pub most_driven: usize,
    /// The most sagas in one batch, to a participant or in a commit.
    pub batch: usize,
    /// The most bytes of state in one batch; a saga with more goes alone.
    pub batch_bytes: usize,
    /// How many batches of one step may be out at once.
    pub batches_per_step: usize,
    /// How many commits may be under way at once.
    pub commits: usize,
    /// After so long a participant's answer counts as lost.
    pub answer_timeout: Duration,
}

impl Default for WorkerSettings {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(4),
            heartbeat: Duration::from_secs(1),
            scan: Duration::from_millis(500),
            most_driven: 10_000,
            batch: 500,
            batch_bytes: 4 * 1024 * 1024,
            batches_per_step: 2,
            commits: 2,
            answer_timeout: Duration::from_secs(10),
        }
    }
}

/// Drives sagas.
pub struct Worker {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: StdRng,
    settings: WorkerSettings,
    link: Link,
    messages: mpsc::UnboundedReceiver<Message>,
    after_commit: AfterCommit,
}

type AfterCommit = Box<dyn Fn() + Send>;

impl Worker {
    /// A worker and the handle through which sagas are handed to it. It does nothing until it is run.
    #[must_use]
    pub fn new(journal: Journal, settings: WorkerSettings) -> (Self, Handle) {
        let (store, clock, random) = (
            Arc::new(journal.clone()),
            Arc::new(MachineClock),
            rand::make_rng(),
        );
        meters::describe();
        let (worker, link) = Self::over(store, clock, random, settings);
        (worker, Handle::new(journal, link))
    }

    /// A worker over any store and time; all its chances come from `random`.
    pub(crate) fn over(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: StdRng,
        settings: WorkerSettings,
    ) -> (Self, Link) {
        let (link, messages) = Link::new();
        let worker = Self {
            store,
            clock,
            random,
            settings,
            link: link.clone(),
            messages,
            after_commit: Box::new(|| ()),
        };
        (worker, link)
    }

    /// Calls a function after each commit: for what local steps wrote that others wait for, such as an outbox.
    #[must_use]
    pub fn after_commit(mut self, function: impl Fn() + Send + 'static) -> Self {
        self.after_commit = Box::new(function);
        self
    }

    /// Drives sagas until the token is cancelled; then waits for what is out, commits it, and hands over.
    pub async fn run(self, shutdown: CancellationToken) {
        Drive::new(self).run(shutdown).await;
    }
}
