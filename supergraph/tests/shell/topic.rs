//! Topics of a test's own.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::OwnedMessage;
use uuid::Uuid;

pub const PATIENCE: Duration = Duration::from_secs(30);

/// A topic and its dead-letter topic, of three partitions each.
pub struct Topic {
    pub name: String,
    pub brokers: String,
}

impl Topic {
    pub async fn new() -> Self {
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

    pub fn dead(&self) -> String {
        format!("{}.dlq", self.name)
    }

    pub fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("bootstrap.servers", &self.brokers)
            .set("broker.address.family", "v4");
        config
    }

    /// The first records of the topic, in the order in which they are delivered.
    pub async fn read(&self, count: usize) -> Vec<OwnedMessage> {
        self.read_as(&Uuid::new_v4().to_string(), count).await
    }

    /// The next records for a consumer group.
    pub async fn read_as(&self, group: &str, count: usize) -> Vec<OwnedMessage> {
        let consumer: StreamConsumer = self
            .client()
            .set("group.id", group)
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
    pub async fn remove(&self) {
        let admin: AdminClient<DefaultClientContext> = self.client().create().unwrap();
        let names = [self.name.as_str(), &self.dead()];
        admin.delete_topics(&names, &AdminOptions::new()).await.unwrap();
    }

    /// How many records the topic has.
    pub fn length(&self) -> i64 {
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
