//! A process: it runs a worker, and crashes, pauses, stops and comes back. While it is paused nothing of it runs; what it
//! had sent is on its way all the same.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use tokio::task::{AbortHandle, JoinHandle};
use tokio_util::sync::CancellationToken;

use super::chance::Chance;
use super::database::{Database, ProcessStore};
use super::definitions::Plans;
use super::participants::Participants;
use crate::store::Clock;
use crate::worker::Link;
use crate::{Worker, WorkerSettings};

/// Quicker than in earnest, in the same proportions.
const SETTINGS: WorkerSettings = WorkerSettings {
    lease: Duration::from_millis(1_000),
    heartbeat: Duration::from_millis(250),
    scan: Duration::from_millis(200),
    most_driven: 12,
    batch: 4,
    batch_bytes: 1024,
    batches_per_step: 2,
    commits: 2,
    answer_timeout: Duration::from_millis(400),
};

/// Whatever a process awaits goes through here: while it is paused, it does not hear of it.
#[derive(Clone)]
pub(super) struct Gate {
    chance: Chance,
    paused_until: Arc<Mutex<Option<Instant>>>,
}

impl Gate {
    pub(super) async fn pass(&self) {
        loop {
            let until = *self.paused_until.lock().unwrap_or_else(PoisonError::into_inner);
            match until {
                Some(until) if until > self.chance.time.now() => self.chance.time.sleep_until(until).await,
                _ => return,
            }
        }
    }
}

impl Clock for Gate {
    fn now(&self) -> Instant {
        self.chance.time.now()
    }

    fn sleep_until(&self, deadline: Instant) -> BoxFuture<'static, ()> {
        let gate = self.clone();
        Box::pin(async move {
            gate.chance.time.sleep_until(deadline).await;
            gate.pass().await;
        })
    }
}

pub(super) struct Process {
    name: usize,
    chance: Chance,
    database: Database,
    participants: Participants,
    plans: Arc<Plans>,
    gate: Gate,
    running: Option<Running>,
}

struct Running {
    worker: JoinHandle<()>,
    shutdown: CancellationToken,
    link: Link,
    store: Arc<ProcessStore>,
    clients: Vec<AbortHandle>,
}

impl Process {
    pub(super) fn new(
        name: usize,
        chance: Chance,
        database: Database,
        participants: Participants,
        plans: Arc<Plans>,
    ) -> Self {
        let gate = Gate {
            chance: chance.clone(),
            paused_until: Arc::default(),
        };
        Self {
            name,
            chance,
            database,
            participants,
            plans,
            gate,
            running: None,
        }
    }

    pub(super) fn start(&mut self) {
        if self.running.is_some() {
            return;
        }
        self.say("starts");
        // A new process is not paused, whatever the old one was.
        self.gate.paused_until = Arc::default();
        let registry = self.plans.registry(&self.participants, &self.gate);
        let store = Arc::new(ProcessStore::new(
            self.database.clone(),
            registry,
            self.gate.clone(),
        ));
        let (worker, link) = Worker::over(
            Arc::clone(&store) as _,
            Arc::new(self.gate.clone()),
            self.chance.generator(),
            SETTINGS,
        );
        let shutdown = CancellationToken::new();
        self.running = Some(Running {
            worker: tokio::spawn(worker.run(shutdown.clone())),
            shutdown,
            link,
            store,
            clients: Vec::new(),
        });
    }

    /// As by SIGKILL.
    pub(super) fn crash(&mut self) {
        if let Some(running) = self.running.take() {
            self.say("crashes");
            running.worker.abort();
            running.clients.iter().for_each(AbortHandle::abort);
        }
    }

    /// As by SIGSTOP, and SIGCONT after a while.
    pub(super) fn pause(&self, length: Duration) {
        self.say(&format!("is paused for {} ms", length.as_millis()));
        let until = self.chance.time.now() + length;
        *self
            .gate
            .paused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    /// As by SIGTERM; what it started is handed over, its clients go away.
    pub(super) fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            self.say("is told to stop");
            running.shutdown.cancel();
        }
    }

    /// Runs a client's request in this process, if it is there; the request ends with the process.
    pub(super) fn serve<F: Future<Output = ()> + Send + 'static>(
        &mut self,
        request: impl FnOnce(Link, Arc<ProcessStore>) -> F,
    ) {
        if let Some(running) = &mut self.running {
            let (gate, request) = (
                self.gate.clone(),
                request(running.link.clone(), Arc::clone(&running.store)),
            );
            let client = tokio::spawn(async move {
                gate.pass().await;
                request.await;
            });
            running.clients.push(client.abort_handle());
        }
    }

    fn say(&self, what: &str) {
        self.chance.say(&format!("process {} {what}", self.name));
    }
}
