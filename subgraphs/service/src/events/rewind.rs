//! Consumers sent back to a moment, once the databases have been restored to it.
//!
//! What was published after the moment tells of what is undone: nobody may take it up. What was published before it may not
//! have been taken up by then, though the groups' offsets, which are newer than the databases, say that it was. So each group
//! goes on behind all that is there, and the records of the last while before the moment are published once more, behind
//! that; the inboxes tell which of them had taken effect.
//!
//! Invariants: while a group has members nothing is changed; a run that died can be repeated, for what it published again
//! counts as published after the moment.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures::future::join_all;
use rdkafka::consumer::{CommitMode, Consumer as _, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::OwnedMessage;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::{Message, Offset, TopicPartitionList};
use tokio::task::{JoinError, spawn_blocking};

use super::Event;
use super::broker::{client, producer};

const TIMEOUT: Duration = Duration::from_secs(20);
const BATCH: usize = 500;
/// For reading alone: its offsets are stored nowhere.
const READER: &str = "excursions-rewind";

/// Why consumers were not sent back.
#[derive(Debug, thiserror::Error)]
pub enum RewindError {
    /// The client cannot be made.
    #[error("the broker's client cannot be made")]
    Client(#[source] KafkaError),
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
    /// The group's offsets cannot be set.
    #[error("the offsets of {group} cannot be set; stop all processes of the service, and wait some seconds")]
    Busy {
        /// The group.
        group: String,
        /// Why.
        #[source]
        source: KafkaError,
    },
    /// The topic does not take a record again.
    #[error("the topic {topic} does not take a record again")]
    Publish {
        /// Which.
        topic: String,
        /// Why.
        #[source]
        source: KafkaError,
    },
    /// A thread that waited for the broker broke.
    #[error("waiting for the broker broke off")]
    Broken(#[from] JoinError),
}

/// What becomes of a topic's records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rewound {
    /// Published after the moment: nobody takes them up any more.
    pub undone: u64,
    /// Published before it: they come again.
    pub again: u64,
}

/// The way back to a moment.
#[derive(Clone, Debug)]
pub struct Rewind {
    /// The brokers.
    pub brokers: String,
    /// What the databases were restored to.
    pub moment: DateTime<Utc>,
    /// How far behind consumers were at that moment, at most.
    pub lag: Duration,
}

impl Rewind {
    /// What would become of a topic; nothing is done. `undone` is shown each event that would be.
    ///
    /// # Errors
    /// [`RewindError`].
    pub async fn look(&self, topic: &str, mut undone: impl FnMut(&Event)) -> Result<Rewound, RewindError> {
        let mut past = Past::of(self, topic).await?;
        let mut found = Rewound::default();
        while let Some(record) = past.next().await? {
            if self.is_undone(&record) {
                found.undone += 1;
                if let Ok(event) = Event::from_record(&record) {
                    undone(&event);
                }
            } else {
                found.again += 1;
            }
        }
        Ok(found)
    }

    /// Sends the groups back that consume a topic.
    ///
    /// # Errors
    /// [`RewindError`].
    pub async fn run(&self, topic: &str, groups: &[&str]) -> Result<Rewound, RewindError> {
        let mut past = Past::of(self, topic).await?;
        for group in groups {
            self.go_on_behind(&past, group).await?;
        }
        let producer = producer(&self.brokers).map_err(RewindError::Client)?;
        let mut found = Rewound::default();
        let mut batch = Vec::with_capacity(BATCH);
        while let Some(record) = past.next().await? {
            if self.is_undone(&record) {
                found.undone += 1;
                continue;
            }
            found.again += 1;
            batch.push(record);
            if batch.len() == BATCH {
                publish(&producer, topic, &batch).await?;
                batch.clear();
            }
        }
        publish(&producer, topic, &batch).await?;
        Ok(found)
    }

    fn is_undone(&self, record: &OwnedMessage) -> bool {
        record
            .timestamp()
            .to_millis()
            .is_none_or(|published| published > self.moment.timestamp_millis())
    }

    async fn go_on_behind(&self, past: &Past, group: &str) -> Result<(), RewindError> {
        let member = reader(&self.brokers, group)?;
        let ends = past.ends.clone();
        let set = spawn_blocking(move || member.commit(&ends, CommitMode::Sync)).await?;
        set.map_err(|source| RewindError::Busy {
            group: group.to_owned(),
            source,
        })
    }
}

fn reader(brokers: &str, group: &str) -> Result<StreamConsumer, RewindError> {
    client(brokers)
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("fetch.wait.max.ms", "100")
        .create()
        .map_err(RewindError::Client)
}

/// In their order, each in its key's partition.
async fn publish(producer: &FutureProducer, topic: &str, batch: &[OwnedMessage]) -> Result<(), RewindError> {
    let sent = batch.iter().map(|record| {
        let mut again = FutureRecord::<[u8], [u8]>::to(topic).partition(record.partition());
        again.key = record.key();
        again.payload = record.payload();
        again.headers = record.headers().cloned();
        producer.send(again, TIMEOUT)
    });
    // `send` queues in the order of the calls; the futures only wait for the broker's word.
    let delivered = tokio::time::timeout(TIMEOUT, join_all(sent)).await;
    for delivery in delivered.map_err(|_elapsed| RewindError::Silent(topic.to_owned()))? {
        delivery.map_err(|(source, _)| RewindError::Publish {
            topic: topic.to_owned(),
            source,
        })?;
    }
    Ok(())
}

/// A topic's records from a while before the moment up to now.
struct Past {
    topic: String,
    records: Arc<StreamConsumer>,
    /// Where each partition ends now.
    ends: TopicPartitionList,
    /// Where those end that are not read to their end yet.
    unread: HashMap<i32, i64>,
}

impl Past {
    async fn of(rewind: &Rewind, topic: &str) -> Result<Self, RewindError> {
        let records = Arc::new(reader(&rewind.brokers, READER)?);
        let since =
            rewind.moment.timestamp_millis() - i64::try_from(rewind.lag.as_millis()).unwrap_or(i64::MAX);
        let (consumer, name) = (Arc::clone(&records), topic.to_owned());
        let assigned = spawn_blocking(move || assign_since(&consumer, &name, since.max(0))).await?;
        let (ends, unread) = assigned.map_err(|source| RewindError::Read {
            topic: topic.to_owned(),
            source,
        })?;
        Ok(Self {
            topic: topic.to_owned(),
            records,
            ends,
            unread,
        })
    }

    async fn next(&mut self) -> Result<Option<OwnedMessage>, RewindError> {
        while !self.unread.is_empty() {
            let next = tokio::time::timeout(TIMEOUT, self.records.recv()).await;
            let record = next
                .map_err(|_elapsed| RewindError::Silent(self.topic.clone()))?
                .map_err(|source| RewindError::Read {
                    topic: self.topic.clone(),
                    source,
                })?
                .detach();
            // Where there is none, it was published since we began.
            let Some(end) = self.unread.get(&record.partition()).copied() else {
                continue;
            };
            if record.offset() + 1 >= end {
                self.unread.remove(&record.partition());
            }
            if record.offset() < end {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }
}

/// Begins to read at a time; where each partition ends now, and which of them have anything to read.
fn assign_since(
    records: &StreamConsumer,
    topic: &str,
    since: i64,
) -> Result<(TopicPartitionList, HashMap<i32, i64>), KafkaError> {
    let metadata = records.fetch_metadata(Some(topic), TIMEOUT)?;
    let partitions = metadata.topics().iter().flat_map(|topic| topic.partitions());
    let (mut times, mut ends) = (TopicPartitionList::new(), TopicPartitionList::new());
    for partition in partitions {
        let (_, end) = records.fetch_watermarks(topic, partition.id(), TIMEOUT)?;
        ends.add_partition_offset(topic, partition.id(), Offset::Offset(end))?;
        times.add_partition_offset(topic, partition.id(), Offset::Offset(since))?;
    }
    let mut begins = TopicPartitionList::new();
    let mut unread = HashMap::new();
    for found in records.offsets_for_times(times, TIMEOUT)?.elements() {
        let end = ends
            .find_partition(topic, found.partition())
            .map(|end| end.offset());
        if let (Offset::Offset(begin), Some(Offset::Offset(end))) = (found.offset(), end)
            && begin < end
        {
            begins.add_partition_offset(topic, found.partition(), Offset::Offset(begin))?;
            unread.insert(found.partition(), end);
        }
    }
    records.assign(&begins)?;
    Ok((ends, unread))
}
