//! Sagas that need a person.

use saga::journal::SagaFilter;
use saga::{Journal, NewSaga, OperatorAction, Registry, SagaId, WorkerSettings};

use crate::support::{Answer, Database, Running, World, new_trip, run, trip};

/// A saga whose compensation cannot succeed for now.
async fn parked(database: &Database, world: &World) -> (Running, SagaId) {
    world.script("hotel", &[Answer::Refuse]);
    world.script("undo flight", &[Answer::Fail; 1_000]);
    let running = run(
        database,
        Registry::default().with(trip(world)),
        WorkerSettings::default(),
    );
    let saga = running.start(database).await;
    let record = running.wait_for(saga, "PARKED").await;
    assert_eq!(
        (record.step.as_str(), record.last_error.as_deref()),
        ("flight", Some("no answer"))
    );
    assert_eq!(running.journal.overview().await.unwrap().parked, 1);
    (running, saga)
}

#[tokio::test]
async fn parked_saga_is_sent_on_and_the_journal_says_by_whom_and_why() {
    let (database, world) = (Database::new().await, World::default());
    let (running, saga) = parked(&database, &world).await;
    world.script("undo flight", &[]);
    let moved = running
        .journal
        .operate(OperatorAction::Retry, &[saga], "kim", "the airline is back")
        .await;
    assert_eq!(moved.unwrap(), [saga]);
    running.handle.look();
    running.wait_for(saga, "COMPENSATED").await;
    let entries = running.journal.entries(&[saga.0]).await.unwrap();
    let resumed = entries.iter().find(|entry| entry.kind == "RESUMED").unwrap();
    assert_eq!(
        (resumed.actor.as_deref(), resumed.message.as_deref()),
        (Some("kim"), Some("the airline is back"))
    );
}

#[tokio::test]
async fn sagas_that_nobody_knows_take_no_places_of_those_that_can_be_sent_on() {
    let (database, world) = (Database::new().await, World::default());
    let mut strangers: Vec<NewSaga> = (0..5).map(|_| new_trip(SagaId::new())).collect();
    for saga in &mut strangers {
        saga.version = 7;
    }
    let mut connection = database.pool.get().await.unwrap();
    Journal::start(&mut connection, &strangers).await.unwrap();
    let (running, saga) = parked(&database, &world).await;
    let all = SagaFilter::default();
    let chosen = running
        .journal
        .fitting(OperatorAction::Retry, &all, 2)
        .await
        .unwrap();
    assert_eq!(chosen.iter().map(|saga| saga.id).collect::<Vec<_>>(), [saga.0]);
}

#[tokio::test]
async fn abandoned_saga_is_never_driven_again() {
    let (database, world) = (Database::new().await, World::default());
    let (running, saga) = parked(&database, &world).await;
    running
        .journal
        .operate(OperatorAction::Abandon, &[saga], "kim", "settled by phone")
        .await
        .unwrap();
    assert_eq!(running.record(saga).await.status, "ABANDONED");
    let again = running
        .journal
        .operate(OperatorAction::Retry, &[saga], "kim", "no")
        .await
        .unwrap();
    assert_eq!(again, [], "an ended saga cannot be sent on");
}

#[tokio::test]
async fn saga_abandoned_under_its_worker_is_not_overwritten() {
    let (database, world) = (Database::new().await, World::default());
    world.script("hotel", &[Answer::Hang]);
    let settings = WorkerSettings {
        answer_timeout: std::time::Duration::from_millis(300),
        batches_per_step: 1,
        ..WorkerSettings::default()
    };
    let running = run(&database, Registry::default().with(trip(&world)), settings);
    let saga = running.start(&database).await;
    while !world.calls().contains(&"hotel".to_owned()) {
        tokio::task::yield_now().await;
    }
    running
        .journal
        .operate(OperatorAction::Abandon, &[saga], "kim", "wrong trip")
        .await
        .unwrap();
    // Another saga gets through the same lane after the hanging batch was given up: its answer came to nothing.
    let other = running.start(&database).await;
    running.wait_for(other, "COMPLETED").await;
    assert_eq!(running.record(saga).await.status, "ABANDONED");
}
