//! `excursions dlq`, on topics of the test's own.

use rdkafka::Message;
use rdkafka::message::{Header, Headers, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};

use crate::support::Shell;
use crate::topic::{PATIENCE, Topic};

impl Topic {
    /// Puts a record aside as a consumer does.
    async fn put_aside(&self, key: &str, event: &str) {
        let producer: FutureProducer = self.client().create().unwrap();
        let headers = [
            ("ce_id", event),
            ("ce_type", "OrderConfirmed"),
            ("dlq_topic", &self.name),
            ("dlq_consumer", "notifications"),
            ("dlq_reason", "missing field `orderId`"),
        ]
        .into_iter()
        .fold(OwnedHeaders::new(), |headers, (key, value)| {
            headers.insert(Header {
                key,
                value: Some(value),
            })
        });
        let dead = self.dead();
        let record = FutureRecord::to(&dead).key(key).payload(event).headers(headers);
        producer.send(record, PATIENCE).await.unwrap();
    }
}

fn payloads_of(records: &[OwnedMessage], key: &str) -> Vec<String> {
    let of_key = records
        .iter()
        .filter(|record| record.key() == Some(key.as_bytes()));
    let text = |record: &OwnedMessage| String::from_utf8(record.payload().unwrap().to_vec()).unwrap();
    of_key.map(text).collect()
}

#[tokio::test]
async fn dead_letters_go_back_in_order_with_their_headers_each_once() {
    let topic = Topic::new().await;
    let shell = Shell::default().with("KAFKA_BROKERS", &topic.brokers);
    for number in 0..6 {
        topic
            .put_aside(["ann", "bob"][number % 2], &format!("event-{number}"))
            .await;
    }
    let listed = shell.prints(&["dlq", "list", &topic.name]).await;
    assert_eq!(
        listed.matches("notifications: missing field").count(),
        6,
        "{listed}"
    );
    let record = listed.lines().nth(1).unwrap().split_whitespace().nth(1).unwrap();
    let shown = shell.prints(&["dlq", "show", &topic.name, record]).await;
    assert!(
        shown.contains("dlq_reason: missing field `orderId`") && shown.contains("event-"),
        "{shown}"
    );

    let dry = shell.prints(&["dlq", "redrive", &topic.name, "--dry-run"]).await;
    assert!(dry.contains("6 would go back") && topic.length() == 0, "{dry}");

    let back = shell.prints(&["dlq", "redrive", &topic.name]).await;
    assert!(back.contains("6 went back"), "{back}");
    let records = topic.read(6).await;
    assert_eq!(payloads_of(&records, "ann"), ["event-0", "event-2", "event-4"]);
    assert_eq!(payloads_of(&records, "bob"), ["event-1", "event-3", "event-5"]);
    for record in &records {
        let headers: Vec<&str> = record
            .headers()
            .unwrap()
            .iter()
            .map(|header| header.key)
            .collect();
        assert_eq!(headers, ["ce_id", "ce_type"], "those that it had before");
    }

    topic.put_aside("ann", "event-6").await;
    let again = shell.prints(&["dlq", "redrive", &topic.name]).await;
    assert!(again.contains("1 went back"), "{again}");
    assert_eq!(topic.length(), 7, "none twice");
    assert_eq!(
        shell.prints(&["dlq", "list", &topic.name]).await.lines().count(),
        1,
        "none waits"
    );
    topic.remove().await;
}

#[tokio::test]
async fn topic_that_is_not_there_is_told() {
    let topic = Topic::new().await;
    let shell = Shell::default().with("KAFKA_BROKERS", &topic.brokers);
    let ran = shell.run(&["dlq", "list", "nobodys.events"]).await;
    assert!(
        !ran.succeeded && ran.err.contains("there is no topic nobodys.events.dlq"),
        "{ran:?}"
    );
    let ran = shell.run(&["dlq", "show", &topic.name, "0:0"]).await;
    assert!(
        !ran.succeeded && ran.err.contains("no record 0:0 waits"),
        "{ran:?}"
    );
    topic.remove().await;
}
