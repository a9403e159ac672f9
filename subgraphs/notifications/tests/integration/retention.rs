//! What is forgotten, and what that means for those who come back.

use std::time::Duration;

use diesel_async::SimpleAsyncConnection;
use futures::stream::StreamExt;
use notifications::feed::{Audience, FeedError, Position};
use notifications::model::feed_entry;
use service::events::{InboxRetention, prune_inbox};
use service::id::DepartureId;
use service::testing::TestDatabase;

use super::events::departure_updated;
use super::harness::{Replica, consume, database};

const DAY: Duration = Duration::from_secs(24 * 3_600);

/// Five entries about a departure; the first three are two days old.
async fn with_old_entries(database: &TestDatabase) -> DepartureId {
    let departure = DepartureId::new();
    for revision in 1..=5 {
        consume(database, &[departure_updated(departure, 5, revision)])
            .await
            .unwrap();
    }
    let mut connection = database.pool.get().await.unwrap();
    connection
        .batch_execute(
            "UPDATE feed_entries SET written_at = written_at - interval '2 days'
             WHERE position IN (SELECT position FROM feed_entries ORDER BY position LIMIT 3)",
        )
        .await
        .unwrap();
    departure
}

#[tokio::test]
async fn old_entries_are_forgotten_a_few_at_a_time() {
    let database = database().await;
    with_old_entries(&database).await;
    let mut connection = database.pool.get().await.unwrap();
    let mut gone = Vec::new();
    for _ in 0..3 {
        gone.push(feed_entry::forget(&mut connection, DAY, 2).await.unwrap());
    }
    assert_eq!(gone, [2, 1, 0]);
    let left = feed_entry::after(&mut connection, Position::START, 10)
        .await
        .unwrap();
    assert_eq!(left.len(), 2);
    assert!(feed_entry::horizon(&mut connection).await.unwrap() < left[0].position);
}

#[tokio::test]
async fn whoever_comes_back_too_late_is_told_so() {
    let database = database().await;
    let replica = Replica::start(&database);
    let departure = with_old_entries(&database).await;
    let mut connection = database.pool.get().await.unwrap();
    let entries = feed_entry::after(&mut connection, Position::START, 10)
        .await
        .unwrap();
    feed_entry::forget(&mut connection, DAY, 100).await.unwrap();

    let subscribe = async |after: Position| {
        let cursor = after.to_cursor();
        let stream = replica
            .feed
            .subscribe(Audience::Departure(departure), Some(&cursor))
            .await;
        stream.map(StreamExt::boxed)
    };
    let too_late = subscribe(entries[1].position).await;
    assert!(matches!(too_late.map(drop), Err(FeedError::Expired)));
    // The last one that was deleted: all after it are there.
    let mut in_time = subscribe(entries[2].position).await.unwrap();
    assert_eq!(*in_time.next().await.unwrap().unwrap(), entries[3]);
}

#[tokio::test]
async fn after_a_restore_no_cursor_stands_for_two_things() {
    let database = database().await;
    let departure = with_old_entries(&database).await;
    let mut connection = database.pool.get().await.unwrap();
    let undone = feed_entry::newest(&mut connection).await.unwrap();
    // The database as it was before its last two entries; the sequence has gone on a little, as it may.
    connection
        .batch_execute(
            "DELETE FROM feed_entries WHERE position IN
                 (SELECT position FROM feed_entries ORDER BY position DESC LIMIT 2);
             SELECT setval(pg_get_serial_sequence('feed_entries', 'position'), max(position)) FROM feed_entries",
        )
        .await
        .unwrap();
    feed_entry::leave_gap(&mut connection).await.unwrap();

    let replica = Replica::start(&database);
    for revision in 6..=8 {
        consume(&database, &[departure_updated(departure, 5, revision)])
            .await
            .unwrap();
    }
    assert!(feed_entry::newest(&mut connection).await.unwrap() > undone);
    let cursor = undone.to_cursor();
    let resumed = replica
        .feed
        .subscribe(Audience::Departure(departure), Some(&cursor))
        .await;
    assert!(matches!(resumed.map(drop), Err(FeedError::Expired)));
}

#[tokio::test]
async fn cursor_of_an_entry_that_is_gone_still_counts_as_ours() {
    let database = database().await;
    let replica = Replica::start(&database);
    let departure = with_old_entries(&database).await;
    let mut connection = database.pool.get().await.unwrap();
    let newest = feed_entry::newest(&mut connection).await.unwrap();
    feed_entry::forget(&mut connection, Duration::ZERO, 100)
        .await
        .unwrap();
    assert_eq!(feed_entry::newest(&mut connection).await.unwrap(), newest);
    let cursor = newest.to_cursor();
    let mut stream = replica
        .feed
        .subscribe(Audience::Departure(departure), Some(&cursor))
        .await
        .unwrap()
        .boxed();
    consume(&database, &[departure_updated(departure, 1, 6)])
        .await
        .unwrap();
    let next = stream.next().await.unwrap().unwrap();
    assert_eq!(next.payload["seatsAvailable"], 1);
}

#[tokio::test]
async fn events_that_cannot_come_again_leave_the_inbox() {
    let database = database().await;
    let mut connection = database.pool.get().await.unwrap();
    connection
        .batch_execute(
            "INSERT INTO inbox (consumer, event_id, consumed_at)
             SELECT 'notifications', gen_random_uuid(), now() - n * interval '20 days' FROM generate_series(1, 5) n",
        )
        .await
        .unwrap();
    let mut gone = Vec::new();
    for _ in 0..3 {
        gone.push(
            prune_inbox(&mut connection, InboxRetention::default(), 2)
                .await
                .unwrap(),
        );
    }
    assert_eq!(gone, [2, 1, 0], "three are older than 45 days");
}
