//! Plays the scenarios of a definition, each in a world of its own.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::Pool;
use futures::{FutureExt, StreamExt, stream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::boundary::Boundary;
use super::faults::Faults;
use super::scenario::{Course, Fault, Scenario, courses, step_faults};
use crate::journal::{SagaFilter, SagaRecord, Slice};
use crate::store::{MachineClock, Store};
use crate::{Handle, Journal, OperatorAction, Registry, SagaId, Worker, WorkerSettings};

/// Leases that run out within a test.
const SETTINGS: WorkerSettings = WorkerSettings {
    lease: Duration::from_millis(600),
    heartbeat: Duration::from_millis(100),
    scan: Duration::from_millis(25),
    most_driven: 1_000,
    batch: 100,
    batch_bytes: 1 << 20,
    batches_per_step: 2,
    commits: 2,
    answer_timeout: Duration::from_secs(20),
};
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// Scenarios played at the same time: most of one is waiting.
const AT_ONCE: usize = 6;

/// A saga in a world of its own: a fresh database with the orchestrator's tables, and participants that nobody else uses.
#[async_trait]
pub trait Subject: Send + Sync {
    /// Connections to the database.
    fn pool(&self) -> Pool<AsyncPgConnection>;

    /// The definitions, calling this world's participants.
    fn registry(&self) -> Registry;

    /// Begins the saga, as the application does it. It may wait for the end, if only for a while: the worker behind the
    /// handle may be gone before.
    async fn begin(&self, handle: &Handle);

    /// Looks whether all is as it should be, now that every saga in the database has ended and nothing is on its way any
    /// more. `ended` are those of the definition.
    ///
    /// # Panics
    /// Where it is not, as a test does.
    async fn check(&self, ended: &[SagaRecord]);
}

/// Plays every scenario of a definition, each in a new world; how many there were.
///
/// An operator sends on what is parked, once the fault is over. So every saga ends in every scenario; one that never does
/// is a failure.
///
/// # Panics
/// Where the check of a scenario panicked, a saga did not end, or a worker wrote anything after it was taken over: with
/// what happened in each such scenario.
pub async fn prove<S: Subject>(definition: &str, version: i32, world: impl AsyncFn() -> S) -> usize {
    let proof = Proof {
        definition,
        version,
        world,
    };
    let shaped = proof.world().await.registry();
    let shaped = shaped
        .get(definition, version)
        .expect("the definition is in the registry");
    let mut scenarios = step_faults(shaped);
    let mut broken = Vec::new();
    for course in courses(shaped) {
        let fault = Fault::None;
        match proof.try_to_play(Scenario { course, fault }).await {
            Ok(commits) => scenarios.extend(boundaries(course, commits)),
            Err(what) => broken.push(what),
        }
    }
    let played = courses(shaped).len() + scenarios.len();
    let outcomes = stream::iter(scenarios)
        .map(|scenario| proof.try_to_play(scenario))
        .buffer_unordered(AT_ONCE);
    broken.extend(
        outcomes
            .filter_map(async |outcome| outcome.err())
            .collect::<Vec<_>>()
            .await,
    );
    assert!(
        broken.is_empty(),
        "{} of {played} scenarios of {definition} are broken:\n{}",
        broken.len(),
        broken.join("\n")
    );
    played
}

fn boundaries(course: Course, commits: usize) -> impl Iterator<Item = Scenario> {
    let faults = [
        Fault::DiesBeforeCommit,
        Fault::DiesAfterCommit,
        Fault::PausedBeforeCommit,
    ];
    (1..=commits).flat_map(move |number| {
        faults.map(|fault| Scenario {
            course,
            fault: fault(number),
        })
    })
}

struct Proof<'a, W> {
    definition: &'a str,
    version: i32,
    world: W,
}

impl<S: Subject, W: AsyncFn() -> S> Proof<'_, W> {
    async fn world(&self) -> S {
        (self.world)().await
    }

    /// How many commits it took, or what is wrong.
    async fn try_to_play(&self, scenario: Scenario) -> Result<usize, String> {
        let played = AssertUnwindSafe(self.play(scenario)).catch_unwind().await;
        played.map_err(|panic| format!("- {scenario}: {}", message(&*panic)))
    }

    async fn play(&self, scenario: Scenario) -> usize {
        let subject = self.world().await;
        let faults = Faults::new(scenario);
        let mut registry = subject.registry();
        let definition = registry
            .get(self.definition, self.version)
            .expect("the definition is in the registry");
        let faulty = faults.over(definition);
        registry.insert(faulty);
        let journal = Journal::new(subject.pool(), registry);
        let boundary = Arc::new(Boundary::new(journal.clone(), scenario.fault));

        let first = Running::begin(Arc::clone(&boundary) as _, &journal).await;
        let handle = first.handle.clone();
        let mut to_the_end = Box::pin(async {
            subject.begin(&handle).await;
            self.wait_for_rest(&journal, &faults).await
        });
        let ended = tokio::select! {
            ended = &mut to_the_end => ended,
            () = boundary.reached() => {
                let paused = matches!(scenario.fault, Fault::PausedBeforeCommit(_));
                if !paused {
                    first.die();
                }
                let heir = Running::begin(Arc::new(journal.clone()), &journal).await;
                let ended = to_the_end.await;
                if paused {
                    writes_nothing(&journal, &boundary, &ended).await;
                }
                heir.die();
                ended
            }
        };
        faults.deliver_late().await;
        subject.check(&ended).await;
        boundary.commits()
    }

    /// Waits until every saga has ended, sending on what is parked.
    async fn wait_for_rest(&self, journal: &Journal, faults: &Faults) -> Vec<SagaRecord> {
        let waiting = async {
            loop {
                let overview = journal.overview().await.expect("the sagas can be counted");
                let sagas = self.sagas(journal).await;
                match (overview.live, overview.parked) {
                    (0, 0) if !sagas.is_empty() => return sagas,
                    (0, 1..) => {
                        faults.end();
                        send_on_parked(journal).await;
                    }
                    _ => {}
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        if let Ok(sagas) = tokio::time::timeout(PATIENCE, waiting).await {
            return sagas;
        }
        let sagas = self.sagas(journal).await;
        let entries = journal.entries(&ids(&sagas)).await;
        panic!("it never ended: {sagas:#?} {entries:#?}");
    }

    async fn sagas(&self, journal: &Journal) -> Vec<SagaRecord> {
        list(
            journal,
            &SagaFilter {
                definition: Some(self.definition.to_owned()),
                ..SagaFilter::default()
            },
        )
        .await
    }
}

/// A worker that was paused and is taken over goes on with what it held in its hands.
async fn writes_nothing(journal: &Journal, boundary: &Boundary, ended: &[SagaRecord]) {
    let entries = async || {
        let entries = journal.entries(&ids(ended)).await;
        entries.expect("the journal can be read").len()
    };
    let before = entries().await;
    let written = boundary.go_on().await;
    assert_eq!(written, 0, "transitions written by a worker that was taken over");
    assert_eq!(
        entries().await,
        before,
        "journal entries, although the worker was taken over"
    );
}

async fn send_on_parked(journal: &Journal) {
    let parked = list(
        journal,
        &SagaFilter {
            status: Some(crate::Status::Parked),
            ..SagaFilter::default()
        },
    )
    .await;
    let parked: Vec<SagaId> = parked.iter().map(|saga| SagaId(saga.id)).collect();
    journal
        .operate(OperatorAction::Retry, &parked, "operator", "the fault is over")
        .await
        .expect("sagas can be sent on");
}

async fn list(journal: &Journal, filter: &SagaFilter) -> Vec<SagaRecord> {
    let all = Slice {
        after: None,
        before: None,
        backward: false,
        limit: i64::MAX,
    };
    journal.list(filter, all).await.expect("the sagas can be read")
}

fn ids(sagas: &[SagaRecord]) -> Vec<Uuid> {
    sagas.iter().map(|saga| saga.id).collect()
}

/// A worker that can die.
struct Running {
    handle: Handle,
    task: JoinHandle<()>,
}

impl Running {
    /// A worker, once it has its lease.
    async fn begin(store: Arc<dyn Store>, journal: &Journal) -> Self {
        let (worker, link) = Worker::over(store, Arc::new(MachineClock), rand::make_rng(), SETTINGS);
        let task = tokio::spawn(worker.run(CancellationToken::new()));
        while link.worker().is_none() {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Self {
            handle: Handle::new(journal.clone(), link),
            task,
        }
    }

    /// As by SIGKILL: at any await, without a word.
    fn die(&self) {
        self.task.abort();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.die();
    }
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("it panicked")
}
