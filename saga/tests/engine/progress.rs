//! Sagas that get on: forward, again after failures, with batches, across versions.

use saga::journal::{SagaFilter, Slice};
use saga::{Definition, Registry, SagaId, Status, Step, WorkerSettings};

use crate::support::{Answer, Database, Running, World, new_trip, run, start, trip};

#[tokio::test]
async fn steps_run_in_order_and_the_journal_tells() {
    let (database, world) = (Database::new().await, World::default());
    let running = run(
        &database,
        Registry::default().with(trip(&world)),
        WorkerSettings::default(),
    );
    let saga = running.start(&database).await;
    running.wait_for(saga, "COMPLETED").await;
    assert_eq!(world.calls(), ["flight", "hotel", "confirm"]);
    assert_eq!(
        running.kinds(saga).await,
        [
            "STARTED",
            "STEP_SUCCEEDED flight",
            "STEP_SUCCEEDED hotel",
            "STEP_SUCCEEDED confirm",
            "COMPLETED"
        ]
    );
}

#[tokio::test]
async fn whoever_started_a_saga_hears_of_its_end() {
    let (database, world) = (Database::new().await, World::default());
    let running = run(
        &database,
        Registry::default().with(trip(&world)),
        WorkerSettings::default(),
    );
    let id = SagaId::new();
    let end = running.handle.end_of(id);
    start(&running.handle, &database, id).await;
    let ended = end.await.unwrap();
    assert_eq!((ended.saga, ended.status), (id, Status::Completed));
}

#[tokio::test]
async fn failed_attempt_is_made_again() {
    let (database, world) = (Database::new().await, World::default());
    world.script("hotel", &[Answer::Fail, Answer::Lost]);
    let running = run(
        &database,
        Registry::default().with(trip(&world)),
        WorkerSettings::default(),
    );
    let saga = running.start(&database).await;
    running.wait_for(saga, "COMPLETED").await;
    assert_eq!(world.calls(), ["flight", "hotel", "hotel", "hotel", "confirm"]);
    let kinds = running.kinds(saga).await;
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| *kind == "RETRY_SCHEDULED hotel")
            .count(),
        2
    );
}

#[tokio::test]
async fn step_that_waits_runs_again_and_nothing_counts_as_a_failure() {
    let (database, world) = (Database::new().await, World::default());
    world.script("hotel", &[Answer::Wait, Answer::Wait, Answer::Wait]);
    let running = run(
        &database,
        Registry::default().with(trip(&world)),
        WorkerSettings::default(),
    );
    let saga = running.start(&database).await;
    running.wait_for(saga, "COMPLETED").await;
    assert_eq!(world.calls().iter().filter(|call| *call == "hotel").count(), 4);
    assert!(
        !running
            .kinds(saga)
            .await
            .iter()
            .any(|kind| kind.starts_with("RETRY"))
    );
}

#[tokio::test]
async fn many_sagas_share_batches_and_each_gets_its_own_outcome() {
    let (database, world) = (Database::new().await, World::default());
    world.script("hotel", &[Answer::Refuse, Answer::Refuse, Answer::Refuse]);
    let running = run(
        &database,
        Registry::default().with(trip(&world)),
        WorkerSettings::default(),
    );
    let mut connection = database.pool.get().await.unwrap();
    let sagas = (0..300).map(|_| new_trip(SagaId::new())).collect();
    let started = running.handle.start(&mut connection, sagas).await.unwrap();
    running.handle.drive(started);
    let ended = "SELECT count(*) AS count FROM sagas WHERE status IN ('COMPLETED', 'COMPENSATED')";
    while database.count(ended).await < 300 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        database
            .count("SELECT count(*) AS count FROM sagas WHERE status = 'COMPENSATED'")
            .await,
        3
    );
    assert_eq!(
        world.calls().iter().filter(|call| *call == "undo flight").count(),
        3
    );
}

#[tokio::test]
async fn saga_keeps_the_version_that_it_began_with() {
    let (database, world) = (Database::new().await, World::default());
    world.script("hotel", &[Answer::Hang]);
    let old = run(
        &database,
        Registry::default().with(trip(&world)),
        crate::support::short_leases(),
    );
    let saga = old.start(&database).await;
    while !world.calls().contains(&"hotel".to_owned()) {
        tokio::task::yield_now().await;
    }
    old.kill().await;

    // A process that knows another version only leaves the saga alone, and says that it is there.
    let newer = Definition::new("trip", 2, Step::new("train", world.participant("train")));
    let stranger = run(
        &database,
        Registry::default().with(newer),
        WorkerSettings::default(),
    );
    while stranger.journal.overview().await.unwrap().unknown == 0 {
        tokio::task::yield_now().await;
    }
    let shown = stranger.record(saga).await;
    assert_eq!(
        (shown.status.as_str(), shown.shown_status()),
        ("RUNNING", "PARKED")
    );
    assert_eq!(shown.reason().unwrap(), "no process knows trip version 1");
    assert_eq!(shown_with(&stranger, Status::Parked).await, [saga.0]);
    assert_eq!(
        shown_with(&stranger, Status::Running).await,
        [] as [uuid::Uuid; 0]
    );

    let newer = Definition::new("trip", 2, Step::new("train", world.participant("train")));
    let both = Registry::default().with(trip(&world)).with(newer);
    let knowing = run(&database, both, WorkerSettings::default());
    let shown = knowing.wait_for(saga, "COMPLETED").await;
    assert_eq!((shown.shown_status(), shown.reason()), ("COMPLETED", None));
    assert_eq!(knowing.journal.overview().await.unwrap().unknown, 0);
    assert!(!world.calls().contains(&"train".to_owned()));
}

/// The sagas that are listed with a status.
async fn shown_with(running: &Running, status: Status) -> Vec<uuid::Uuid> {
    let filter = SagaFilter {
        status: Some(status),
        ..SagaFilter::default()
    };
    let all = Slice {
        after: None,
        before: None,
        backward: false,
        limit: 100,
    };
    let sagas = running.journal.list(&filter, all).await.unwrap();
    sagas.into_iter().map(|saga| saga.id).collect()
}

#[tokio::test]
async fn worker_without_work_is_quiet() {
    let (database, world) = (Database::new().await, World::default());
    let running = run(
        &database,
        Registry::default().with(trip(&world)),
        WorkerSettings::default(),
    );
    let saga = running.start(&database).await;
    running.wait_for(saga, "COMPLETED").await;
    let transactions = "SELECT xact_commit AS count FROM pg_stat_database WHERE datname = current_database()";
    let before = database.count(transactions).await;
    // Two scans a second, of three statements, and a heartbeat, each with the pool's probe: some sixty, and what the
    // statistics tell late. A busy poll makes thousands.
    tokio::time::sleep(std::time::Duration::from_secs(4)).await;
    let transactions = database.count(transactions).await - before;
    assert!(transactions < 300, "{transactions} transactions in four seconds");
}
