//! The live feed: no gap and nothing twice, whoever writes, reads, comes back or falls behind.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use futures::future::join_all;
use futures::stream::{Stream, StreamExt};
use notifications::feed::{Audience, FeedError, Position};
use notifications::model::feed_entry::{self, Entry, Kind, NewEntry};
use serde_json::{Value, json};
use service::id::{DepartureId, UserId};
use service::testing::TestDatabase;
use tokio::time::{sleep, timeout};

use super::harness::{LIMIT, Replica, database};

fn about(departure: DepartureId, payload: Value) -> NewEntry {
    NewEntry {
        kind: Kind::Departure,
        subject_id: departure.uuid(),
        user_id: None,
        payload,
        occurred_at: Utc::now(),
        traceparent: None,
    }
}

/// Writes entries in one transaction, and takes its time before the commit.
async fn write(database: &TestDatabase, entries: &[NewEntry], before_commit: Duration) {
    let mut connection = database.pool.get().await.unwrap();
    connection
        .transaction(async |connection| {
            feed_entry::write(connection, entries).await?;
            sleep(before_commit).await;
            diesel::QueryResult::Ok(())
        })
        .await
        .unwrap();
}

async fn write_numbers(database: &TestDatabase, departure: DepartureId, numbers: std::ops::Range<u64>) {
    let entries: Vec<NewEntry> = numbers.map(|number| about(departure, json!(number))).collect();
    for batch in entries.chunks(500) {
        write(database, batch, Duration::ZERO).await;
    }
}

async fn all_written(database: &TestDatabase) -> Vec<Value> {
    let mut connection = database.pool.get().await.unwrap();
    let entries = feed_entry::after(&mut connection, Position::START, 1_000_000)
        .await
        .unwrap();
    entries.into_iter().map(|entry| entry.payload).collect()
}

async fn take(stream: impl Stream<Item = Result<Arc<Entry>, FeedError>>, count: usize) -> Vec<Arc<Entry>> {
    let entries = stream.take(count).map(|entry| entry.unwrap()).collect();
    timeout(LIMIT, entries).await.expect("all entries arrive in time")
}

/// Reads `total` entries, a few at a time, coming back to another replica each time.
async fn wander(replicas: &[Replica], departure: DepartureId, total: usize, stint: usize) -> Vec<Value> {
    let mut seen: Vec<Arc<Entry>> = Vec::new();
    let mut after = Position::START;
    for replica in replicas.iter().cycle() {
        let wanted = stint.min(total - seen.len());
        if wanted == 0 {
            break;
        }
        let cursor = after.to_cursor();
        let stream = replica
            .feed
            .subscribe(Audience::Departure(departure), Some(&cursor))
            .await
            .unwrap();
        seen.extend(take(stream, wanted).await);
        after = seen.last().unwrap().position;
    }
    seen.iter().map(|entry| entry.payload.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribers_lose_and_double_nothing_though_transactions_commit_out_of_order() {
    const WRITERS: u64 = 6;
    const TRANSACTIONS: u64 = 30;
    let database = database().await;
    let replicas = [Replica::start(&database), Replica::start(&database)];
    let departure = DepartureId::new();
    let total = usize::try_from(2 * WRITERS * TRANSACTIONS).unwrap();

    let writing = join_all((0..WRITERS).map(|writer| {
        let database = &database;
        async move {
            for number in 0..TRANSACTIONS {
                // One of them commits at once while another is still at it.
                let before_commit = Duration::from_millis((writer * 7 + number * 13) % 5);
                let entries = [0, 1].map(|part| about(departure, json!([writer, number, part])));
                write(database, &entries, before_commit).await;
            }
        }
    }));
    let stints = [1, 2, 3, 7, 50, total];
    let reading = join_all(stints.map(|stint| wander(&replicas, departure, total, stint)));
    let (_, readings) = tokio::join!(writing, reading);

    let written = all_written(&database).await;
    assert_eq!(written.len(), total);
    for (seen, stint) in readings.iter().zip(stints) {
        assert_eq!(seen, &written, "read {stint} at a time");
    }
}

#[tokio::test]
async fn writer_waits_for_the_one_before_it() {
    let database = database().await;
    let replica = Replica::start(&database);
    let departure = DepartureId::new();
    let stream = replica
        .feed
        .subscribe(Audience::Departure(departure), None)
        .await
        .unwrap();
    let (slow, quick) = (
        [about(departure, json!("slow"))],
        [about(departure, json!("quick"))],
    );
    let slow = write(&database, &slow, Duration::from_millis(300));
    let quick = async {
        sleep(Duration::from_millis(100)).await;
        write(&database, &quick, Duration::ZERO).await;
    };
    let (entries, (), ()) = tokio::join!(take(stream, 2), slow, quick);
    let order: Vec<&Value> = entries.iter().map(|entry| &entry.payload).collect();
    assert_eq!(order, [&json!("slow"), &json!("quick")]);
}

#[tokio::test]
async fn slow_subscriber_is_cut_off_resumes_and_slows_nobody() {
    const COUNT: u64 = 4_000;
    let database = database().await;
    let replica = Replica::start(&database);
    let departure = DepartureId::new();
    let audience = Audience::Departure(departure);
    let slow = replica.feed.subscribe(audience, None).await.unwrap();
    let quick = replica.feed.subscribe(audience, None).await.unwrap();
    let quick = tokio::spawn(take(quick, usize::try_from(COUNT).unwrap()));
    write_numbers(&database, departure, 0..COUNT).await;
    let numbers: Vec<Value> = (0..COUNT).map(|number| json!(number)).collect();
    let seen = quick.await.unwrap();
    assert!(seen.iter().map(|entry| &entry.payload).eq(&numbers));

    // The slow one comes round to reading only now.
    let mut slow = pin!(slow);
    let mut seen: Vec<Arc<Entry>> = Vec::new();
    let end = loop {
        match timeout(LIMIT, slow.next()).await.unwrap().unwrap() {
            Ok(entry) => seen.push(entry),
            Err(error) => break error,
        }
    };
    assert!(matches!(end, FeedError::Cut), "{end}");
    assert!(slow.next().await.is_none(), "nothing comes after the end");
    let cursor = seen.last().unwrap().position.to_cursor();
    let rest = replica.feed.subscribe(audience, Some(&cursor)).await.unwrap();
    seen.extend(take(rest, numbers.len() - seen.len()).await);
    assert!(seen.iter().map(|entry| &entry.payload).eq(&numbers));
}

#[tokio::test]
async fn tailer_that_loses_its_connection_goes_on_where_it_was() {
    let database = database().await;
    let replica = Replica::start(&database);
    let departure = DepartureId::new();
    let stream = replica
        .feed
        .subscribe(Audience::Departure(departure), None)
        .await
        .unwrap();
    let stream = tokio::spawn(take(stream, 90));
    for part in 0..3 {
        write_numbers(&database, departure, part * 30..part * 30 + 15).await;
        let kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'excursions-notifications-feed'";
        let mut connection = database.pool.get().await.unwrap();
        connection.batch_execute(kill).await.unwrap();
        drop(connection);
        write_numbers(&database, departure, part * 30 + 15..part * 30 + 30).await;
    }
    let seen = stream.await.unwrap();
    let numbers = (0..90).map(|number| json!(number));
    assert!(seen.iter().map(|entry| entry.payload.clone()).eq(numbers));
}

#[tokio::test]
async fn entries_go_to_their_audience_only() {
    let database = database().await;
    let replica = Replica::start(&database);
    let (one, other) = (DepartureId::new(), DepartureId::new());
    let (me, you) = (UserId::new(), UserId::new());
    let live = replica
        .feed
        .subscribe(Audience::OrdersOf(me), None)
        .await
        .unwrap();
    let private = |kind, user, payload| NewEntry {
        kind,
        user_id: Some(user),
        ..about(DepartureId::new(), payload)
    };
    let entries = [
        about(one, json!("one")),
        about(other, json!("other")),
        private(Kind::Notification, me, json!("my mail")),
        private(Kind::Order, you, json!("your order")),
        private(Kind::Order, me, json!("my order")),
    ];
    write(&database, &entries, Duration::ZERO).await;
    assert_eq!(take(live, 1).await[0].payload, json!("my order"));

    let start = Position::START.to_cursor();
    for (audience, expected) in [
        (Audience::Departure(one), "one"),
        (Audience::Mailbox(me), "my mail"),
        (Audience::OrdersOf(me), "my order"),
        (Audience::OrdersOf(you), "your order"),
    ] {
        let replayed = replica.feed.subscribe(audience, Some(&start)).await.unwrap();
        assert_eq!(take(replayed, 1).await[0].payload, json!(expected));
    }
}

#[tokio::test]
async fn cursor_that_is_not_ours_is_refused() {
    let database = database().await;
    let replica = Replica::start(&database);
    let departure = DepartureId::new();
    write_numbers(&database, departure, 0..3).await;
    let mut connection = database.pool.get().await.unwrap();
    let newest = feed_entry::newest(&mut connection).await.unwrap();
    let subscribe = async |cursor: &str| {
        let stream = replica
            .feed
            .subscribe(Audience::Departure(departure), Some(cursor))
            .await;
        stream.map(drop)
    };
    subscribe(&newest.to_cursor()).await.unwrap();
    write_numbers(&database, departure, 3..4).await;
    let ahead = feed_entry::newest(&mut connection).await.unwrap().to_cursor();
    connection
        .batch_execute("DELETE FROM feed_entries WHERE payload = '3'")
        .await
        .unwrap();
    for cursor in ["", "7", "nonsense", &ahead] {
        let refused = subscribe(cursor).await;
        assert!(
            matches!(refused, Err(FeedError::NotACursor)),
            "{cursor}: {refused:?}"
        );
    }
}
