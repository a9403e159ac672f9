//! Scripted participants, and workers that can be killed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use saga::journal::{JournalEntry, SagaRecord};
use saga::{
    Action, Command, Definition, Handle, Journal, NewSaga, Outcome, Registry, Rejection, RetryPolicy, SagaId,
    Step, Worker, WorkerSettings,
};
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub use crate::database::Database;

/// What the test's sagas know: the steps that ran for them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Trip {
    pub done: Vec<String>,
}

/// What a scripted participant is to answer next; once the script is over it does its work.
#[derive(Clone, Copy, Debug)]
pub enum Answer {
    Refuse,
    Fail,
    /// Fails in a way that trying again will not mend.
    Break,
    /// Does its work, but the answer is lost.
    Lost,
    /// Never answers.
    Hang,
    Wait,
}

/// What happened at all participants, in order, and what each is to answer.
#[derive(Clone, Default)]
pub struct World {
    pub calls: Arc<Mutex<Vec<String>>>,
    scripts: Arc<Mutex<HashMap<&'static str, Vec<Answer>>>>,
}

impl World {
    /// Lets a participant answer so before it does its work.
    pub fn script(&self, step: &'static str, answers: &[Answer]) {
        self.scripts.lock().unwrap().insert(step, answers.to_vec());
    }

    pub fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap().clone()
    }

    pub fn participant(&self, name: &'static str) -> Participant {
        Participant {
            name,
            world: self.clone(),
        }
    }

    fn next_answer(&self, step: &'static str) -> Option<Answer> {
        let mut scripts = self.scripts.lock().unwrap();
        let script = scripts.get_mut(step)?;
        if script.is_empty() {
            None
        } else {
            Some(script.remove(0))
        }
    }
}

pub struct Participant {
    name: &'static str,
    world: World,
}

#[async_trait]
impl Action<Trip> for Participant {
    async fn run(&self, batch: &[Command<Trip>]) -> Vec<Outcome<Trip>> {
        let mut outcomes = Vec::new();
        for command in batch {
            let answer = self.world.next_answer(self.name);
            self.world.calls.lock().unwrap().push(self.name.to_owned());
            let mut state = command.state.clone();
            state.done.push(self.name.to_owned());
            outcomes.push(match answer {
                None => Outcome::Done(state),
                Some(Answer::Refuse) => Outcome::Rejected(Rejection {
                    code: "FULL".to_owned(),
                    message: format!("{} is full", self.name),
                }),
                Some(Answer::Fail | Answer::Lost) => Outcome::Failed("no answer".to_owned()),
                Some(Answer::Break) => Outcome::Broken("no such thing".to_owned()),
                Some(Answer::Hang) => std::future::pending().await,
                Some(Answer::Wait) => Outcome::Again {
                    state,
                    after: Duration::from_millis(20),
                },
            });
        }
        outcomes
    }
}

pub const QUICK: RetryPolicy = RetryPolicy {
    first_pause: Duration::from_millis(5),
    longest_pause: Duration::from_millis(20),
    deadline: Duration::from_millis(1_500),
};

/// Flight, hotel and car, each of which can be undone; `confirm` is the pivot.
pub fn trip(world: &World) -> Definition<Trip> {
    let step = |name: &'static str, undo: &'static str| {
        Step::new(name, world.participant(name))
            .undone_by(world.participant(undo))
            .retried(QUICK)
            .undo_retried(QUICK)
    };
    Definition::new("trip", 1, step("flight", "undo flight"))
        .then(step("hotel", "undo hotel"))
        .then(Step::new("confirm", world.participant("confirm")).retried(QUICK))
}

/// A worker on a database, for a registry.
pub struct Running {
    pub handle: Handle,
    pub journal: Journal,
    task: JoinHandle<()>,
    shutdown: CancellationToken,
}

/// Leases that run out within a test.
pub fn short_leases() -> WorkerSettings {
    WorkerSettings {
        lease: Duration::from_millis(400),
        heartbeat: Duration::from_millis(100),
        scan: Duration::from_millis(50),
        ..WorkerSettings::default()
    }
}

pub fn run(database: &Database, registry: Registry, settings: WorkerSettings) -> Running {
    let journal = Journal::new(database.pool.clone(), registry);
    let (worker, handle) = Worker::new(journal.clone(), settings);
    let shutdown = CancellationToken::new();
    let task = tokio::spawn(worker.run(shutdown.clone()));
    Running {
        handle,
        journal,
        task,
        shutdown,
    }
}

impl Running {
    /// Stops as on SIGTERM.
    pub async fn stop(self) {
        self.shutdown.cancel();
        self.task.await.unwrap();
    }

    /// Stops as on SIGKILL: at any await, without a word.
    pub async fn kill(self) -> Journal {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
        self.journal
    }

    pub async fn start(&self, database: &Database) -> SagaId {
        let id = SagaId::new();
        start(&self.handle, database, id).await;
        id
    }

    pub async fn record(&self, saga: SagaId) -> SagaRecord {
        self.journal.sagas(&[saga.0]).await.unwrap().pop().unwrap()
    }

    pub async fn wait_for(&self, saga: SagaId, status: &str) -> SagaRecord {
        wait_for(&self.journal, saga, status).await
    }

    pub async fn kinds(&self, saga: SagaId) -> Vec<String> {
        let entries = self.journal.entries(&[saga.0]).await.unwrap();
        entries.into_iter().map(words).collect()
    }
}

/// An entry as `STEP_SUCCEEDED hotel` or `STEP_SUCCEEDED undo hotel`.
fn words(entry: JournalEntry) -> String {
    let undo = if entry.direction == "BACKWARD" {
        "undo "
    } else {
        ""
    };
    match entry.step {
        Some(step) => format!("{} {undo}{step}", entry.kind),
        None => entry.kind,
    }
}

pub fn new_trip(id: SagaId) -> NewSaga {
    NewSaga::new(id, ("trip", 1, "flight"), &Trip::default()).unwrap()
}

pub async fn start(handle: &Handle, database: &Database, id: SagaId) {
    let mut connection = database.pool.get().await.unwrap();
    let started = handle.start(&mut connection, vec![new_trip(id)]).await.unwrap();
    handle.drive(started);
}

/// Waits until a saga has a status.
pub async fn wait_for(journal: &Journal, saga: SagaId, status: &str) -> SagaRecord {
    let waiting = async {
        loop {
            let record = journal.sagas(&[saga.0]).await.unwrap().pop();
            if let Some(record) = record.filter(|record| record.status == status) {
                return record;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let Ok(record) = tokio::time::timeout(Duration::from_secs(60), waiting).await else {
        let record = journal.sagas(&[saga.0]).await.unwrap();
        let entries = journal.entries(&[saga.0]).await.unwrap();
        panic!("never {status}: {record:?} {entries:#?}");
    };
    record
}
