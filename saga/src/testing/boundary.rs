//! A worker's store that stands still at a commit: it dies there, or is paused until it is told to go on.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use uuid::Uuid;

use super::scenario::Fault;
use crate::journal::{Commit, Item, Snapshot};
use crate::store::Store;
use crate::{Journal, JournalError, WorkerId};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Course {
    Running,
    /// At the boundary; of a paused worker, nothing gets through.
    AtBoundary,
    /// Told to go on.
    GoingOn,
    /// The paused commit was answered: how many transitions it wrote.
    Answered(usize),
}

/// The journal, with a boundary.
pub(super) struct Boundary {
    journal: Journal,
    fault: Fault,
    commits: AtomicUsize,
    course: watch::Sender<Course>,
}

impl Boundary {
    pub(super) fn new(journal: Journal, fault: Fault) -> Self {
        Self {
            journal,
            fault,
            commits: AtomicUsize::new(0),
            course: watch::Sender::new(Course::Running),
        }
    }

    /// How many commits there were.
    pub(super) fn commits(&self) -> usize {
        self.commits.load(Ordering::Relaxed)
    }

    /// Waits until the worker stands at the boundary.
    pub(super) async fn reached(&self) {
        self.until(|course| course != Course::Running).await;
    }

    /// Lets a paused worker go on; how many transitions it then wrote with what it held in its hands.
    pub(super) async fn go_on(&self) -> usize {
        self.course.send_replace(Course::GoingOn);
        match self.until(|course| matches!(course, Course::Answered(_))).await {
            Course::Answered(written) => written,
            _ => 0,
        }
    }

    async fn until(&self, holds: impl Fn(Course) -> bool) -> Course {
        let mut course = self.course.subscribe();
        let found = course
            .wait_for(|course| holds(*course))
            .await
            .map(|course| *course);
        match found {
            Ok(course) => course,
            // The sender is in `self`.
            Err(_) => std::future::pending().await,
        }
    }

    async fn die(&self) -> ! {
        self.course.send_replace(Course::AtBoundary);
        std::future::pending().await
    }

    /// Nothing of a paused process gets through; and when it goes on, what it held in its hands comes first: before it
    /// can notice that its lease is gone.
    async fn pass(&self) {
        self.until(|course| matches!(course, Course::Running | Course::Answered(_)))
            .await;
    }

    async fn commit_after_pause(
        &self,
        worker: WorkerId,
        items: Vec<Item>,
    ) -> Result<Vec<Commit>, JournalError> {
        self.course.send_replace(Course::AtBoundary);
        self.until(|course| course == Course::GoingOn).await;
        let answer = self.journal.commit(worker, items).await;
        let is_written = |commit: &&Commit| !matches!(commit, Commit::Fenced(_));
        let written = answer
            .as_ref()
            .map_or(0, |commits| commits.iter().filter(is_written).count());
        self.course.send_replace(Course::Answered(written));
        answer
    }
}

#[async_trait]
impl Store for Boundary {
    async fn renew_lease(&self, worker: WorkerId, ttl: Duration) -> Result<bool, JournalError> {
        self.pass().await;
        self.journal.renew_lease(worker, ttl).await
    }

    async fn give_up_lease(&self, worker: WorkerId) -> Result<usize, JournalError> {
        self.pass().await;
        self.journal.give_up_lease(worker).await
    }

    async fn free_sagas_of_dead_workers(&self) -> Result<usize, JournalError> {
        self.pass().await;
        self.journal.free_sagas_of_dead_workers().await
    }

    async fn claim(&self, worker: WorkerId, most: usize) -> Result<Vec<Snapshot>, JournalError> {
        self.pass().await;
        self.journal.claim(worker, most).await
    }

    async fn next_due(&self) -> Result<Option<Duration>, JournalError> {
        self.pass().await;
        self.journal.next_due().await
    }

    async fn reload(&self, worker: WorkerId, ids: Vec<Uuid>) -> Result<Vec<Snapshot>, JournalError> {
        self.pass().await;
        self.journal.reload(worker, ids).await
    }

    async fn idle(&self, worker: WorkerId, since: Duration) -> Result<Vec<Snapshot>, JournalError> {
        self.pass().await;
        self.journal.idle(worker, since).await
    }

    async fn commit(&self, worker: WorkerId, items: Vec<Item>) -> Result<Vec<Commit>, JournalError> {
        self.pass().await;
        let number = self.commits.fetch_add(1, Ordering::Relaxed) + 1;
        match self.fault {
            Fault::DiesBeforeCommit(at) if at == number => self.die().await,
            Fault::DiesAfterCommit(at) if at == number => {
                // What it answers is never heard.
                let _unheard = self.journal.commit(worker, items).await;
                self.die().await
            }
            Fault::PausedBeforeCommit(at) if at == number => self.commit_after_pause(worker, items).await,
            _ => self.journal.commit(worker, items).await,
        }
    }
}
