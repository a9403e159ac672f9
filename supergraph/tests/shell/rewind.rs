//! `excursions rewind`: what it does to a topic, and that it does nothing while anybody consumes.

use std::sync::LazyLock;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rdkafka::Message;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::{Header, Headers, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};
use service::ServiceName;
use service::events::{Rewind, RewindError, Rewound};
use service::testing::TestDatabase;
use uuid::Uuid;

use crate::support::Shell;
use crate::topic::{PATIENCE, Topic};

impl Topic {
    async fn publish_at(&self, seconds: i64, key: &str, payload: &str) {
        let producer: FutureProducer = self.client().create().unwrap();
        let headers = [
            ("ce_id", Uuid::now_v7().to_string()),
            ("ce_type", "OrderConfirmed".to_owned()),
            ("ce_time", at(seconds).to_rfc3339()),
            ("ce_subject", key.to_owned()),
        ];
        let headers = headers.iter().fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header {
                key,
                value: Some(value),
            })
        });
        let record = FutureRecord::to(&self.name)
            .key(key)
            .payload(payload)
            .headers(headers);
        let record = record.timestamp(at(seconds).timestamp_millis());
        producer.send(record, PATIENCE).await.unwrap();
    }

    /// Back to the hundredth second; consumers were ten seconds behind at most.
    fn rewind(&self) -> Rewind {
        Rewind {
            brokers: self.brokers.clone(),
            moment: at(100),
            lag: Duration::from_secs(10),
        }
    }
}

/// Some seconds after a time an hour ago, the same for all tests. Much older records the broker would delete.
fn at(seconds: i64) -> DateTime<Utc> {
    static BEGINNING: LazyLock<DateTime<Utc>> = LazyLock::new(|| Utc::now() - TimeDelta::hours(1));
    *BEGINNING + TimeDelta::seconds(seconds)
}

fn payload(record: &OwnedMessage) -> &str {
    std::str::from_utf8(record.payload().unwrap()).unwrap()
}

fn event_id(record: &OwnedMessage) -> Vec<u8> {
    let headers = record.headers().unwrap();
    let id = headers.iter().find(|header| header.key == "ce_id");
    id.unwrap().value.unwrap().to_vec()
}

#[tokio::test]
async fn consumers_hear_of_the_last_while_once_more_and_of_nothing_that_is_undone() {
    let topic = Topic::new().await;
    for (seconds, payload) in [
        (80, "long ago"),
        (95, "before"),
        (100, "just then"),
        (105, "undone"),
    ] {
        topic.publish_at(seconds, "ann", payload).await;
    }
    topic.publish_at(110, "bob", "undone, too").await;
    let group = Uuid::new_v4().to_string();
    assert_eq!(
        topic.read_as(&group, 5).await.len(),
        5,
        "it had consumed all of them"
    );

    let rewind = topic.rewind();
    let mut undone = Vec::new();
    let found = rewind
        .look(&topic.name, |event| undone.push(event.subject.clone()))
        .await;
    let expected = Rewound { undone: 2, again: 2 };
    assert_eq!(found.unwrap(), expected);
    undone.sort();
    assert_eq!(undone, ["ann", "bob"]);
    assert_eq!(topic.length(), 5, "nothing was done yet");

    let done = rewind.run(&topic.name, &[&group]).await.unwrap();
    assert_eq!(done, expected);
    topic.publish_at(200, "ann", "new").await;
    let heard = topic.read_as(&group, 3).await;
    assert_eq!(
        heard.iter().map(payload).collect::<Vec<_>>(),
        ["before", "just then", "new"]
    );
    let all = topic.read(8).await;
    let before: Vec<_> = all.iter().filter(|record| payload(record) == "before").collect();
    assert_eq!(before.len(), 2);
    assert_eq!(
        event_id(before[0]),
        event_id(before[1]),
        "the inbox knows it again"
    );

    // Once more, as after a run that died: what it published is not taken for what was there.
    assert_eq!(rewind.run(&topic.name, &[&group]).await.unwrap().again, 2);
    assert_eq!(
        topic
            .read_as(&group, 2)
            .await
            .iter()
            .map(payload)
            .collect::<Vec<_>>(),
        ["before", "just then"]
    );
    topic.remove().await;
}

#[tokio::test]
async fn nothing_is_done_while_anybody_consumes() {
    let topic = Topic::new().await;
    topic.publish_at(95, "ann", "before").await;
    let group = Uuid::new_v4().to_string();
    let member: StreamConsumer = topic
        .client()
        .set("group.id", &group)
        .set("auto.offset.reset", "earliest")
        .create()
        .unwrap();
    member.subscribe(&[&topic.name]).unwrap();
    tokio::time::timeout(PATIENCE, member.recv())
        .await
        .expect("it is a member")
        .unwrap();

    let refused = topic.rewind().run(&topic.name, &[&group]).await;
    assert!(matches!(refused, Err(RewindError::Busy { .. })), "{refused:?}");
    assert_eq!(topic.length(), 1);
    drop(member);
    topic.remove().await;
}

#[tokio::test]
async fn moment_is_needed_and_a_dry_run_does_nothing() {
    let database = TestDatabase::new(ServiceName::Notifications, notifications::migrations).await;
    let brokers = std::env::var("KAFKA_BROKERS").expect("KAFKA_BROKERS is set by `make test`");
    let shell = Shell::default()
        .on(ServiceName::Notifications, &database)
        .with("KAFKA_BROKERS", &brokers);
    let ran = shell.run(&["rewind", "yesterday"]).await;
    assert!(!ran.succeeded && ran.err.contains("yesterday"), "{ran:?}");
    let now = Utc::now().to_rfc3339();
    let told = shell.prints(&["rewind", &now, "--lag", "1s", "--dry-run"]).await;
    assert_eq!(told.matches("nothing was done").count(), 4, "{told}");
}
