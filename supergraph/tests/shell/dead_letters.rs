//! `excursions dlq`, on topics of the test's own.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::Message;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::{Header, Headers, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};
use uuid::Uuid;

use crate::support::Shell;

const PATIENCE: Duration = Duration::from_secs(30);

struct Topic {
    name: String,
    brokers: String,
}

impl Topic {
    /// A topic and its dead-letter topic, of three partitions.
    async fn new() -> Self {
        let brokers = std::env::var("KAFKA_BROKERS").expect("KAFKA_BROKERS is set by `make test`");
        let topic = Self {
            name: format!("{}.events", Uuid::new_v4()),
            brokers,
        };
        let admin: AdminClient<DefaultClientContext> = topic.client().create().unwrap();
        let names = [topic.name.clone(), topic.dead()];
        let wanted = names
            .each_ref()
            .map(|name| NewTopic::new(name, 3, TopicReplication::Fixed(1)));
        let options = AdminOptions::new().operation_timeout(Some(PATIENCE));
        for made in admin.create_topics(&wanted, &options).await.unwrap() {
            made.unwrap();
        }
        topic
    }

    fn dead(&self) -> String {
        format!("{}.dlq", self.name)
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("broker.address.family", "v4");
        config
    }

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

    /// The first records of the topic, in the order in which they are delivered.
    async fn read(&self, count: usize) -> Vec<OwnedMessage> {
        let consumer: StreamConsumer = self
            .client()
            .set("group.id", Uuid::new_v4().to_string())
            .set("auto.offset.reset", "earliest")
            .create()
            .unwrap();
        consumer.subscribe(&[&self.name]).unwrap();
        let mut records = Vec::new();
        while records.len() < count {
            let record = tokio::time::timeout(PATIENCE, consumer.recv()).await;
            records.push(record.expect("a record comes").unwrap().detach());
        }
        records
    }

    /// Removes both topics.
    async fn remove(&self) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let names = [self.name.as_str(), &self.dead()];
        admin.delete_topics(&names, &AdminOptions::new()).await.unwrap();
    }

    /// How many records the topic has.
    fn length(&self) -> i64 {
        let consumer: StreamConsumer = self.client().set("group.id", "none").create().unwrap();
        let ends = (0..3).map(|partition| {
            consumer
                .fetch_watermarks(&self.name, partition, PATIENCE)
                .unwrap()
                .1
        });
        ends.sum()
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
