//! Steps in the orchestrator's own database: once, with the journal, and each saga on its own.

use async_trait::async_trait;
use diesel::sql_types::{Array, Uuid as SqlUuid};
use diesel::{QueryResult, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use saga::{Command, Definition, LocalAction, Outcome, Registry, Rejection, SagaId, Step, WorkerSettings};
use uuid::Uuid;

use crate::support::{Answer, Database, QUICK, Running, Trip, World, new_trip, run, short_leases};

/// Writes a row a saga; a saga in `poisoned` violates a constraint.
struct WriteRow(&'static str);

#[async_trait]
impl LocalAction<Trip> for WriteRow {
    async fn run(
        &self,
        connection: &mut AsyncPgConnection,
        batch: &[Command<Trip>],
    ) -> QueryResult<Vec<Outcome<Trip>>> {
        let ids: Vec<Uuid> = batch.iter().map(|command| command.saga.0).collect();
        sql_query(format!("INSERT INTO {} (saga) SELECT * FROM unnest($1)", self.0))
            .bind::<Array<SqlUuid>, _>(ids)
            .execute(connection)
            .await?;
        Ok(batch
            .iter()
            .map(|command| Outcome::Done(command.state.clone()))
            .collect())
    }
}

/// Refuses every saga, within the transaction.
struct RefuseAll;

#[async_trait]
impl LocalAction<Trip> for RefuseAll {
    async fn run(
        &self,
        _: &mut AsyncPgConnection,
        batch: &[Command<Trip>],
    ) -> QueryResult<Vec<Outcome<Trip>>> {
        let rejection = Rejection {
            code: "NO".to_owned(),
            message: "no".to_owned(),
        };
        Ok(batch
            .iter()
            .map(|_| Outcome::Rejected(rejection.clone()))
            .collect())
    }
}

fn with_local_pivot(world: &World) -> Definition<Trip> {
    let flight = Step::new("flight", world.participant("flight")).undone_by(world.participant("undo flight"));
    Definition::new("trip", 1, flight.retried(QUICK).undo_retried(QUICK))
        .then(Step::local("confirm", WriteRow("confirmed")).retried(QUICK))
        .when_compensated(WriteRow("refused"))
}

async fn database() -> Database {
    let database = Database::new().await;
    database
        .sql("CREATE TABLE confirmed (saga uuid PRIMARY KEY)")
        .await;
    database.sql("CREATE TABLE refused (saga uuid PRIMARY KEY)").await;
    database
}

#[tokio::test]
async fn local_step_and_the_end_are_committed_with_the_step_before() {
    let (database, world) = (database().await, World::default());
    let running = run(
        &database,
        Registry::default().with(with_local_pivot(&world)),
        WorkerSettings::default(),
    );
    let saga = running.start(&database).await;
    running.wait_for(saga, "COMPLETED").await;
    assert_eq!(database.count("SELECT count(*) AS count FROM confirmed").await, 1);
    // One transaction: the journal's entries since the start have one time of insertion.
    let transactions = "SELECT count(DISTINCT xmin::text) AS count FROM saga_journal WHERE entry > 1";
    assert_eq!(database.count(transactions).await, 1);
}

#[tokio::test]
async fn compensated_saga_ends_with_its_local_action() {
    let (database, world) = (database().await, World::default());
    world.script("flight", &[Answer::Refuse]);
    let running = run(
        &database,
        Registry::default().with(with_local_pivot(&world)),
        WorkerSettings::default(),
    );
    let saga = running.start(&database).await;
    running.wait_for(saga, "COMPENSATED").await;
    assert_eq!(database.count("SELECT count(*) AS count FROM refused").await, 1);
    assert_eq!(database.count("SELECT count(*) AS count FROM confirmed").await, 0);
}

#[tokio::test]
async fn local_step_can_refuse_and_the_saga_turns_back() {
    let (database, world) = (database().await, World::default());
    let flight = Step::new("flight", world.participant("flight")).undone_by(world.participant("undo flight"));
    let definition = Definition::new("trip", 1, flight).then(Step::local("confirm", RefuseAll));
    let running = run(
        &database,
        Registry::default().with(definition),
        WorkerSettings::default(),
    );
    let saga = running.start(&database).await;
    running.wait_for(saga, "COMPENSATED").await;
    assert_eq!(world.calls(), ["flight", "undo flight"]);
}

#[tokio::test]
async fn row_that_the_database_refuses_fails_alone_and_its_saga_turns_back() {
    let (database, world) = (database().await, World::default());
    let ids: Vec<SagaId> = (0..40).map(|_| SagaId::new()).collect();
    // This one's local step violates a key.
    database
        .sql(&format!("INSERT INTO confirmed VALUES ('{}')", ids[17]))
        .await;
    let running = run(
        &database,
        Registry::default().with(with_local_pivot(&world)),
        WorkerSettings::default(),
    );
    start_all(&database, &running, &ids).await;
    for (index, id) in ids.iter().enumerate() {
        running
            .wait_for(*id, if index == 17 { "COMPENSATED" } else { "COMPLETED" })
            .await;
    }
    let refused = running.record(ids[17]).await;
    assert!(refused.last_error.unwrap().contains("confirmed_pkey"));
    let undone: Vec<String> = world.calls();
    assert_eq!(undone.iter().filter(|call| *call == "undo flight").count(), 1);
}

#[tokio::test]
async fn saga_whose_very_end_the_database_refuses_is_left_to_a_person() {
    let (database, world) = (database().await, World::default());
    world.script("flight", &[Answer::Refuse; 10_000]);
    let ids = [SagaId::new(), SagaId::new()];
    database
        .sql(&format!("INSERT INTO refused VALUES ('{}')", ids[0]))
        .await;
    let running = run(
        &database,
        Registry::default().with(with_local_pivot(&world)),
        WorkerSettings::default(),
    );
    start_all(&database, &running, &ids).await;
    running.wait_for(ids[0], "PARKED").await;
    running.wait_for(ids[1], "COMPENSATED").await;
    let parked = running.record(ids[0]).await;
    assert!(parked.last_error.unwrap().contains("refused_pkey"));
}

async fn start_all(database: &Database, running: &Running, ids: &[SagaId]) {
    let mut connection = database.pool.get().await.unwrap();
    let sagas = ids.iter().map(|id| new_trip(*id)).collect();
    let started = running.handle.start(&mut connection, sagas).await.unwrap();
    running.handle.drive(started);
}

#[tokio::test]
async fn local_step_happens_once_although_its_worker_dies_in_it() {
    let (database, world) = (database().await, World::default());
    let registry = || Registry::default().with(with_local_pivot(&world));
    let ids: Vec<SagaId> = (0..30).map(|_| SagaId::new()).collect();
    let mut connection = database.pool.get().await.unwrap();
    let sagas: Vec<_> = ids.iter().map(|id| new_trip(*id)).collect();
    saga::Journal::start(&mut connection, &sagas).await.unwrap();
    // Workers that die after ever longer lives: before, in and after the commit.
    for life in 0..12 {
        let mortal = run(&database, registry(), short_leases());
        tokio::time::sleep(std::time::Duration::from_millis(life * 7)).await;
        mortal.kill().await;
    }
    let heir = run(&database, registry(), short_leases());
    for id in &ids {
        heir.wait_for(*id, "COMPLETED").await;
    }
    assert_eq!(
        database.count("SELECT count(*) AS count FROM confirmed").await,
        30
    );
    let doubled = "SELECT count(*) AS count FROM (SELECT saga_id FROM saga_journal WHERE kind = 'COMPLETED'
                   GROUP BY saga_id HAVING count(*) > 1) doubled";
    assert_eq!(database.count(doubled).await, 0);
}
