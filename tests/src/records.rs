//! A reader of a Kafka topic, outside any consumer group: it sees what is published after it began.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::config::ClientConfig;
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Headers;
use rdkafka::{Message, Offset, TopicPartitionList};
use serde_json::Value;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::timeout;
use uuid::Uuid;

use crate::patience::PATIENCE;

const METADATA_TIMEOUT: Duration = Duration::from_secs(30);

/// Why a topic could not be read.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The reader cannot be placed at the topic's end.
    #[error("the topic {topic} cannot be read")]
    Open {
        /// Which.
        topic: String,
        /// Why.
        #[source]
        source: KafkaError,
    },
    /// The thread that placed it broke.
    #[error("the reader of a topic broke")]
    Broken(#[source] JoinError),
    /// The broker does not deliver.
    #[error("the topic {topic} is not delivered")]
    Receive {
        /// Which.
        topic: String,
        /// Why.
        #[source]
        source: KafkaError,
    },
    /// A record did not come.
    #[error("no record {event} about {subject} came on {topic} within {} s", PATIENCE.as_secs())]
    NeverCame {
        /// On which topic.
        topic: String,
        /// Which type.
        event: String,
        /// About what.
        subject: Uuid,
    },
}

/// A record.
#[derive(Clone, Debug)]
pub struct Record {
    /// On which topic.
    pub topic: String,
    /// In which partition.
    pub partition: i32,
    /// Where in the partition.
    pub offset: i64,
    /// The key.
    pub key: String,
    /// The headers.
    pub headers: BTreeMap<String, String>,
    /// The payload; null where it is no JSON.
    pub payload: Value,
}

impl Record {
    /// A header; empty where it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What is published on a topic from the moment this was made.
pub struct Records {
    topic: String,
    consumer: StreamConsumer,
    seen: Vec<Record>,
}

impl Records {
    /// Begins at the topic's end.
    ///
    /// # Errors
    /// [`RecordError`].
    pub async fn from_now(brokers: &str, topic: &'static str) -> Result<Self, RecordError> {
        let brokers = brokers.to_owned();
        let consumer = spawn_blocking(move || at_the_end(&brokers, topic)).await;
        let consumer = consumer.map_err(RecordError::Broken)?;
        Ok(Self {
            topic: topic.to_owned(),
            consumer: consumer.map_err(|source| RecordError::Open {
                topic: topic.to_owned(),
                source,
            })?,
            seen: Vec::new(),
        })
    }

    /// The first record of a type about something; waits for it.
    ///
    /// # Errors
    /// [`RecordError`].
    pub async fn find(&mut self, event: &str, subject: Uuid) -> Result<Record, RecordError> {
        let key = subject.to_string();
        let is_meant = |record: &&Record| record.header("ce_type") == event && record.key == key;
        if let Some(record) = self.seen.iter().find(is_meant) {
            return Ok(record.clone());
        }
        let coming = timeout(PATIENCE, async {
            loop {
                let record = self.next().await?;
                self.seen.push(record.clone());
                if is_meant(&&record) {
                    return Ok(record);
                }
            }
        });
        coming.await.unwrap_or_else(|_elapsed| {
            Err(RecordError::NeverCame {
                topic: self.topic.clone(),
                event: event.to_owned(),
                subject,
            })
        })
    }

    /// Everything about something that was seen so far, in its order.
    #[must_use]
    pub fn seen_about(&self, subject: Uuid) -> Vec<&Record> {
        let key = subject.to_string();
        self.seen.iter().filter(|record| record.key == key).collect()
    }

    async fn next(&self) -> Result<Record, RecordError> {
        let message = self
            .consumer
            .recv()
            .await
            .map_err(|source| RecordError::Receive {
                topic: self.topic.clone(),
                source,
            })?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers = message.headers().map_or_else(BTreeMap::new, |headers| {
            headers
                .iter()
                .map(|header| (header.key.to_owned(), header.value.map_or_else(String::new, text)))
                .collect()
        });
        Ok(Record {
            topic: message.topic().to_owned(),
            partition: message.partition(),
            offset: message.offset(),
            key: message.key().map_or_else(String::new, text),
            headers,
            payload: serde_json::from_slice(message.payload().unwrap_or_default()).unwrap_or_default(),
        })
    }
}

fn at_the_end(brokers: &str, topic: &str) -> Result<StreamConsumer, KafkaError> {
    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", brokers)
        // Needed by the client, used by nothing: offsets are neither fetched nor committed.
        .set("group.id", format!("reader-{}", Uuid::new_v4()))
        .set("enable.auto.commit", "false")
        .set("fetch.wait.max.ms", "100")
        .create()?;
    let metadata = consumer.fetch_metadata(Some(topic), METADATA_TIMEOUT)?;
    let partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
    let mut ends = TopicPartitionList::new();
    for partition in partitions {
        // Numbers, not "the end": the end would be wherever it is when the reader gets there.
        let (_, end) = consumer.fetch_watermarks(topic, partition.id(), METADATA_TIMEOUT)?;
        ends.add_partition_offset(topic, partition.id(), Offset::Offset(end))?;
    }
    consumer.assign(&ends)?;
    Ok(consumer)
}
