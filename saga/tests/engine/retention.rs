//! What is forgotten, and what never is.

use std::time::Duration;

use saga::{Journal, Registry, SagaId};

use crate::support::Database;

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// A saga with a journal of two entries, that has a status since so many days.
async fn saga(database: &Database, status: &str, days: i32, parent: Option<SagaId>) -> SagaId {
    let id = SagaId::new();
    let direction = if status == "COMPENSATED" {
        "BACKWARD"
    } else {
        "FORWARD"
    };
    let ended = if matches!(status, "COMPLETED" | "COMPENSATED" | "ABANDONED") {
        format!("now() - {days} * interval '1 day'")
    } else {
        "NULL".to_owned()
    };
    let parent = parent.map_or_else(|| "NULL".to_owned(), |parent| format!("'{parent}'"));
    database
        .sql(&format!(
            "WITH saga AS (
                INSERT INTO sagas (id, definition, version, parent, status, direction, position, step, state, entries,
                                   updated_at, ended_at)
                VALUES ('{id}', 'trip', 1, {parent}, '{status}', '{direction}', 0, 'flight', '{{}}', 2,
                        now() - {days} * interval '1 day', {ended}))
             INSERT INTO saga_journal (saga_id, entry, epoch, kind, direction)
             VALUES ('{id}', 1, 1, 'STARTED', 'FORWARD'), ('{id}', 2, 1, 'COMPLETED', 'FORWARD')"
        ))
        .await;
    id
}

async fn prune(database: &Database) -> usize {
    let journal = Journal::new(database.pool.clone(), Registry::default());
    journal.prune(30 * DAY, 100).await.unwrap()
}

async fn left(database: &Database) -> Vec<SagaId> {
    let journal = Journal::new(database.pool.clone(), Registry::default());
    let slice = saga::journal::Slice {
        after: None,
        before: None,
        backward: false,
        limit: 100,
    };
    let sagas = journal.list(&saga::journal::SagaFilter::default(), slice).await;
    sagas.unwrap().into_iter().map(|saga| SagaId(saga.id)).collect()
}

#[tokio::test]
async fn ended_sagas_are_forgotten_by_age_with_their_journals() {
    let database = Database::new().await;
    saga(&database, "COMPLETED", 31, None).await;
    saga(&database, "COMPENSATED", 90, None).await;
    let young = saga(&database, "COMPLETED", 29, None).await;
    assert_eq!(prune(&database).await, 2);
    assert_eq!(left(&database).await, [young]);
    let entries = "SELECT count(*) AS count FROM saga_journal";
    assert_eq!(database.count(entries).await, 2, "those of the young one");
}

#[tokio::test]
async fn what_lives_is_parked_or_was_given_up_is_never_forgotten() {
    let database = Database::new().await;
    let mut kept = Vec::new();
    for status in ["RUNNING", "PARKED", "ABANDONED"] {
        kept.push(saga(&database, status, 1_000, None).await);
    }
    assert_eq!(prune(&database).await, 0);
    assert_eq!(left(&database).await, kept);
}

#[tokio::test]
async fn child_is_kept_for_as_long_as_its_parent_lives() {
    let database = Database::new().await;
    let parked = saga(&database, "PARKED", 100, None).await;
    saga(&database, "COMPLETED", 100, Some(parked)).await;
    assert_eq!(prune(&database).await, 0);
    database
        .sql("UPDATE sagas SET status = 'COMPLETED', ended_at = now() WHERE status = 'PARKED'")
        .await;
    assert_eq!(prune(&database).await, 1);
    assert_eq!(left(&database).await, [parked]);
}

#[tokio::test]
async fn they_are_forgotten_a_few_at_a_time_oldest_first() {
    let database = Database::new().await;
    let younger = saga(&database, "COMPLETED", 40, None).await;
    saga(&database, "COMPLETED", 60, None).await;
    saga(&database, "COMPLETED", 50, None).await;
    let journal = Journal::new(database.pool.clone(), Registry::default());
    assert_eq!(journal.prune(30 * DAY, 2).await.unwrap(), 2);
    assert_eq!(left(&database).await, [younger]);
}
