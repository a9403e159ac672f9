//! Workers that die, stop, pause, and come back.

use std::time::Duration;

use saga::{Registry, SagaId, WorkerSettings};

use crate::support::{Answer, Database, World, new_trip, run, short_leases, trip, wait_for};

async fn called(world: &World, step: &str) {
    while !world.calls().iter().any(|call| call == step) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn saga_of_a_dead_worker_is_taken_over() {
    let (database, world) = (Database::new().await, World::default());
    world.script("hotel", &[Answer::Hang]);
    let dying = run(&database, Registry::default().with(trip(&world)), short_leases());
    let saga = dying.start(&database).await;
    called(&world, "hotel").await;
    dying.kill().await;
    let heir = run(&database, Registry::default().with(trip(&world)), short_leases());
    heir.wait_for(saga, "COMPLETED").await;
    assert_eq!(
        world.calls(),
        ["flight", "hotel", "hotel", "confirm"],
        "what was committed is not done again"
    );
}

#[tokio::test]
async fn stopping_worker_hands_over_at_once() {
    let (database, world) = (Database::new().await, World::default());
    world.script("hotel", &[Answer::Fail; 3]);
    // Leases that would outlive the test: only a hand-over can help.
    let settings = WorkerSettings {
        lease: Duration::from_secs(3_600),
        ..WorkerSettings::default()
    };
    let stopping = run(&database, Registry::default().with(trip(&world)), settings);
    let saga = stopping.start(&database).await;
    called(&world, "hotel").await;
    stopping.stop().await;
    let heir = run(&database, Registry::default().with(trip(&world)), settings);
    heir.wait_for(saga, "COMPLETED").await;
}

#[tokio::test]
async fn worker_whose_lease_is_gone_writes_nothing() {
    let (database, world) = (Database::new().await, World::default());
    world.script("hotel", &[Answer::Hang]);
    let settings = WorkerSettings {
        // It never renews: as if it were paused right after its first heartbeat.
        heartbeat: Duration::from_secs(3_600),
        lease: Duration::from_millis(300),
        answer_timeout: Duration::from_millis(800),
        ..WorkerSettings::default()
    };
    let paused = run(&database, Registry::default().with(trip(&world)), settings);
    let saga = paused.start(&database).await;
    called(&world, "hotel").await;
    // Its step times out after the lease is gone; nobody else has taken over yet, and still it must not write.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(paused.kinds(saga).await, ["STARTED", "STEP_SUCCEEDED flight"]);
    let heir = run(&database, Registry::default().with(trip(&world)), short_leases());
    heir.wait_for(saga, "COMPLETED").await;
}

#[tokio::test]
async fn answer_that_comes_after_a_takeover_changes_nothing() {
    let (database, world) = (Database::new().await, World::default());
    world.script("hotel", &[Answer::Hang]);
    let settings = WorkerSettings {
        // Longer than the heir takes to find the saga and end it.
        answer_timeout: Duration::from_millis(2_500),
        batches_per_step: 1,
        ..short_leases()
    };
    let slow = run(&database, Registry::default().with(trip(&world)), settings);
    let saga = slow.start(&database).await;
    called(&world, "hotel").await;
    // As a takeover does it: another owner, another epoch.
    database
        .sql("UPDATE sagas SET owner = NULL, epoch = epoch + 1")
        .await;
    let heir = run(
        &database,
        Registry::default().with(trip(&world)),
        WorkerSettings::default(),
    );
    heir.wait_for(saga, "COMPLETED").await;
    let journal = heir.kinds(saga).await;
    // Another saga gets through the lane once the batch that hangs in it was given up: that is reported, and fenced.
    let other = slow.start(&database).await;
    slow.wait_for(other, "COMPLETED").await;
    assert_eq!(heir.kinds(saga).await, journal);
}

#[tokio::test]
async fn several_workers_share_and_no_step_runs_twice() {
    let database = Database::new().await;
    let worlds: [World; 3] = Default::default();
    let settings = WorkerSettings {
        most_driven: 20,
        ..WorkerSettings::default()
    };
    let workers: Vec<_> = worlds
        .iter()
        .map(|world| run(&database, Registry::default().with(trip(world)), settings))
        .collect();
    let mut connection = database.pool.get().await.unwrap();
    let sagas: Vec<_> = (0..200).map(|_| new_trip(SagaId::new())).collect();
    let ids: Vec<SagaId> = sagas.iter().map(|saga| saga.id).collect();
    saga::Journal::start(&mut connection, &sagas).await.unwrap();
    for worker in &workers {
        worker.handle.look();
    }
    for id in ids {
        wait_for(&workers[0].journal, id, "COMPLETED").await;
    }
    let calls: Vec<usize> = worlds.iter().map(|world| world.calls().len()).collect();
    assert_eq!(calls.iter().sum::<usize>(), 600);
    assert!(calls.iter().filter(|calls| **calls > 0).count() > 1, "{calls:?}");
}

#[tokio::test]
async fn saga_whose_starter_went_away_after_the_commit_is_driven() {
    let (database, world) = (Database::new().await, World::default());
    let running = run(
        &database,
        Registry::default().with(trip(&world)),
        WorkerSettings::default(),
    );
    // The worker has its lease once it drives something.
    let first = running.start(&database).await;
    running.wait_for(first, "COMPLETED").await;
    let id = SagaId::new();
    let mut connection = database.pool.get().await.unwrap();
    drop(
        running
            .handle
            .start(&mut connection, vec![new_trip(id)])
            .await
            .unwrap(),
    );
    running.wait_for(id, "COMPLETED").await;
}
