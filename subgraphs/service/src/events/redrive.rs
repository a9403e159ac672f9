//! Dead letters as a person deals with them: what was put aside and waits, and its way back to its topic.
//!
//! How far a dead-letter topic has been re-driven is an offset a partition, stored once the broker has the record again.
//! So each goes back once, in the order in which they were put aside, those of one key behind each other; unless the
//! process dies in between, or somebody else re-drives at the same time: then a record goes back twice, under the same
//! event id, and the consumers' inboxes let it take effect once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use rdkafka::consumer::{CommitMode, Consumer as _, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, Headers, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{Message, Offset, TopicPartitionList};
use tokio::task::{JoinError, spawn_blocking};

use super::broker::{client, producer};
use super::topic::dead_letter_topic;

const GROUP: &str = "excursions-redrive";
const TIMEOUT: Duration = Duration::from_secs(20);
/// What [`super::dead_letter`] added to a record's headers.
const ADDED: &str = "dlq_";

/// Why dead letters cannot be dealt with.
#[derive(Debug, thiserror::Error)]
pub enum RedriveError {
    /// The client cannot be made.
    #[error("the broker's client cannot be made")]
    Client(#[source] KafkaError),
    /// There is no such topic.
    #[error("there is no topic {0}")]
    NoTopic(String),
    /// The topic cannot be read.
    #[error("the topic {topic} cannot be read")]
    Read {
        /// Which.
        topic: String,
        /// Why.
        #[source]
        source: KafkaError,
    },
    /// The broker does not deliver what it says is there.
    #[error("the topic {0} is not delivered")]
    Silent(String),
    /// The topic does not take the record back.
    #[error("the topic {topic} does not take the record back")]
    Publish {
        /// Which.
        topic: String,
        /// Why.
        #[source]
        source: KafkaError,
    },
    /// It is not stored that a record went back: it goes back again with the next run.
    #[error("it cannot be stored that a record went back; the next run sends it again")]
    Store(#[source] KafkaError),
    /// A thread that waited for the broker broke.
    #[error("waiting for the broker broke off")]
    Broken(#[from] JoinError),
}

/// A record that was put aside.
#[derive(Clone, Debug)]
pub struct DeadLetter(OwnedMessage);

impl DeadLetter {
    /// Its partition of the dead-letter topic.
    #[must_use]
    pub fn partition(&self) -> i32 {
        self.0.partition()
    }

    /// Its place in that partition.
    #[must_use]
    pub fn offset(&self) -> i64 {
        self.0.offset()
    }

    /// When it was put aside.
    #[must_use]
    pub fn put_aside_at(&self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.0.timestamp().to_millis()?)
    }

    /// The aggregate's id.
    #[must_use]
    pub fn key(&self) -> String {
        text(self.0.key())
    }

    /// The payload as text.
    #[must_use]
    pub fn payload(&self) -> String {
        text(self.0.payload())
    }

    /// All headers: the event's own, and from where and why it was put aside (`dlq_*`).
    #[must_use]
    pub fn headers(&self) -> Vec<(String, String)> {
        self.0.headers().map_or_else(Vec::new, |headers| {
            let pairs = headers
                .iter()
                .map(|header| (header.key.to_owned(), text(header.value)));
            pairs.collect()
        })
    }

    /// A header; empty where it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> String {
        let headers = self.headers().into_iter();
        headers
            .filter(|(key, _)| key == name)
            .map(|(_, value)| value)
            .next()
            .unwrap_or_default()
    }

    /// The headers that it had before it was put aside.
    fn own_headers(&self) -> OwnedHeaders {
        let own = OwnedHeaders::new();
        let Some(headers) = self.0.headers() else {
            return own;
        };
        let kept = headers.iter().filter(|header| !header.key.starts_with(ADDED));
        kept.fold(own, |own, header| {
            own.insert(Header {
                key: header.key,
                value: header.value,
            })
        })
    }
}

fn text(bytes: Option<&[u8]>) -> String {
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}

/// The dead letters of one topic.
pub struct DeadLetters {
    topic: String,
    dead: String,
    records: Arc<StreamConsumer>,
    producer: FutureProducer,
}

impl DeadLetters {
    /// The dead letters of a topic.
    ///
    /// # Errors
    /// [`RedriveError::Client`].
    pub fn of(brokers: &str, topic: &str) -> Result<Self, RedriveError> {
        let records: StreamConsumer = client(brokers)
            .set("group.id", GROUP)
            .set("enable.auto.commit", "false")
            .set("fetch.wait.max.ms", "100")
            .create()
            .map_err(RedriveError::Client)?;
        Ok(Self {
            topic: topic.to_owned(),
            dead: dead_letter_topic(topic),
            records: Arc::new(records),
            producer: producer(brokers).map_err(RedriveError::Client)?,
        })
    }

    /// What was put aside and has not gone back yet, partition by partition in its order.
    ///
    /// # Errors
    /// [`RedriveError`].
    pub async fn waiting(&self) -> Result<Vec<DeadLetter>, RedriveError> {
        let (records, dead) = (Arc::clone(&self.records), self.dead.clone());
        let mut ends = spawn_blocking(move || assign_waiting(&records, &dead)).await??;
        let mut waiting = Vec::new();
        while !ends.is_empty() {
            let next = tokio::time::timeout(TIMEOUT, self.records.recv()).await;
            let record = next
                .map_err(|_elapsed| RedriveError::Silent(self.dead.clone()))?
                .map_err(|source| read_error(&self.dead, source))?
                .detach();
            let Some(end) = ends.get(&record.partition()).copied() else {
                // Put aside since we began.
                continue;
            };
            if record.offset() + 1 >= end {
                ends.remove(&record.partition());
            }
            if record.offset() < end {
                waiting.push(DeadLetter(record));
            }
        }
        waiting.sort_by_key(|letter| (letter.partition(), letter.offset()));
        Ok(waiting)
    }

    /// Sends a record back to its topic, with its key, payload and own headers, and stores that it went. In the order of
    /// [`Self::waiting`]: what comes before it in its partition counts as gone, too.
    ///
    /// # Errors
    /// [`RedriveError`].
    pub async fn redrive(&self, letter: &DeadLetter) -> Result<(), RedriveError> {
        let mut record = FutureRecord::<[u8], [u8]>::to(&self.topic).headers(letter.own_headers());
        record.key = letter.0.key();
        record.payload = letter.0.payload();
        let sent = tokio::time::timeout(TIMEOUT, self.producer.send(record, TIMEOUT)).await;
        sent.map_err(|_elapsed| RedriveError::Silent(self.topic.clone()))?
            .map_err(|(source, _)| RedriveError::Publish {
                topic: self.topic.clone(),
                source,
            })?;
        let mut gone = TopicPartitionList::new();
        gone.add_partition_offset(
            &self.dead,
            letter.partition(),
            Offset::Offset(letter.offset() + 1),
        )
        .map_err(RedriveError::Store)?;
        let records = Arc::clone(&self.records);
        spawn_blocking(move || records.commit(&gone, CommitMode::Sync))
            .await?
            .map_err(RedriveError::Store)
    }
}

fn read_error(topic: &str, source: KafkaError) -> RedriveError {
    RedriveError::Read {
        topic: topic.to_owned(),
        source,
    }
}

/// Begins to read behind what went back, and tells where each partition that has anything ends now.
fn assign_waiting(records: &StreamConsumer, dead: &str) -> Result<HashMap<i32, i64>, RedriveError> {
    let failed = |source| read_error(dead, source);
    let metadata = records.fetch_metadata(Some(dead), TIMEOUT).map_err(failed)?;
    let partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
    let mut asked = TopicPartitionList::new();
    for partition in partitions {
        asked.add_partition(dead, partition.id());
    }
    if asked.count() == 0 {
        return Err(RedriveError::NoTopic(dead.to_owned()));
    }
    let gone = records.committed_offsets(asked, TIMEOUT).map_err(failed)?;
    let mut ends = HashMap::new();
    let mut begins = TopicPartitionList::new();
    for element in gone.elements() {
        let partition = element.partition();
        let (first, end) = records
            .fetch_watermarks(dead, partition, TIMEOUT)
            .map_err(failed)?;
        let begin = match element.offset() {
            Offset::Offset(next) => next.max(first),
            _ => first,
        };
        if begin < end {
            ends.insert(partition, end);
            begins
                .add_partition_offset(dead, partition, Offset::Offset(begin))
                .map_err(failed)?;
        }
    }
    records.assign(&begins).map_err(failed)?;
    Ok(ends)
}
