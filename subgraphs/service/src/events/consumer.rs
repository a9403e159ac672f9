//! The idempotent consumer: records in batches, effect and inbox row in one transaction, then the offset.
//!
//! Invariants: an event takes effect once, however often it is delivered; a record that fails holds back those behind it
//! in its partition, and no other partition; one that keeps failing goes to the dead-letter topic.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use futures::FutureExt;
use opentelemetry::Context;
use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::TraceContextExt;
use rdkafka::consumer::{Consumer as _, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::OwnedMessage;
use rdkafka::producer::FutureProducer;
use rdkafka::{Message, Offset, TopicPartitionList};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::broker::{client, producer};
use super::dead_letter::put_aside;
use super::lag::{self, LagMeter};
use super::meters;
use super::retry::{Partition, Retries, Verdict};
use super::spans::{failed, process_span};
use super::{Event, MalformedEvent, Topic};
use crate::database::{Pool, PoolError};
use crate::{error_chain, telemetry};

const BATCH: usize = 200;
const SEEK_TIMEOUT: Duration = Duration::from_secs(5);

diesel::table! {
    inbox (consumer, event_id) {
        consumer -> Text,
        event_id -> Uuid,
        consumed_at -> Timestamptz,
    }
}

/// Why an event had no effect.
#[derive(Debug, thiserror::Error)]
pub enum ConsumeError {
    /// It will never have one: to the dead-letter topic at once.
    #[error("the event is malformed")]
    Malformed(#[from] MalformedEvent),
    /// It refers to something that other events have not told us of yet.
    #[error("{0} is not known yet")]
    TooEarly(String),
    /// The database failed.
    #[error("the event's effect cannot be written")]
    Database(#[from] diesel::result::Error),
    /// No connection.
    #[error("no connection to the database")]
    Pool(#[from] PoolError),
}

impl ConsumeError {
    /// Whether the database cannot be reached: no record is to blame for that, however often it is tried.
    fn is_outage(&self) -> bool {
        use diesel::result::{DatabaseErrorKind as Kind, Error};
        match self {
            Self::Pool(_) | Self::Database(Error::BrokenTransactionManager) => true,
            Self::Database(Error::DatabaseError(kind, _)) => {
                matches!(kind, Kind::UnableToSendCommand | Kind::ClosedConnection)
            }
            _ => false,
        }
    }
}

/// What a service does about the events of others.
#[async_trait]
pub trait Consumer: Send + Sync + 'static {
    /// Brings about the effect of events that were not seen before, in their order, in the transaction that marks them
    /// as seen. Events of other types than it knows are to be passed over.
    async fn consume(&self, connection: &mut AsyncPgConnection, events: &[Event])
    -> Result<(), ConsumeError>;

    /// Called after the commit.
    fn committed(&self) {}
}

/// Why consumption cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum ConsumerError {
    /// The client cannot be made.
    #[error("the consumer cannot be made")]
    Client(#[source] KafkaError),
    /// The topics cannot be subscribed to.
    #[error("the topics cannot be subscribed to")]
    Subscribe(#[source] KafkaError),
}

/// Consumes topics as a member of a group, until the token is cancelled.
///
/// # Errors
/// [`ConsumerError`] at the start; later errors are logged, and it goes on.
pub async fn consume<C: Consumer>(
    brokers: &str,
    group: &'static str,
    topics: &[Topic],
    pool: Pool,
    consumer: C,
    shutdown: CancellationToken,
) -> Result<(), ConsumerError> {
    let records: StreamConsumer<LagMeter> = client(brokers)
        .set("group.id", group)
        .set("enable.auto.commit", "true")
        .set("auto.commit.interval.ms", "1000")
        .set("enable.auto.offset.store", "false")
        .set("auto.offset.reset", "earliest")
        .set("partition.assignment.strategy", "cooperative-sticky")
        .set("session.timeout.ms", "10000")
        .set("heartbeat.interval.ms", "2000")
        .set("queued.max.messages.kbytes", "16384")
        .set("fetch.wait.max.ms", "100")
        .set("statistics.interval.ms", lag::INTERVAL_MS)
        .create_with_context(LagMeter { group })
        .map_err(ConsumerError::Client)?;
    let names: Vec<&'static str> = topics.iter().map(|topic| topic.name()).collect();
    records.subscribe(&names).map_err(ConsumerError::Subscribe)?;
    meters::begin(group, &names);
    let dead_letters = producer(brokers).map_err(ConsumerError::Client)?;
    let mut member = Member {
        group,
        records,
        dead_letters,
        pool,
        consumer,
        retries: Retries::default(),
    };
    shutdown.run_until_cancelled(member.run()).await;
    // Leaving the group may wait for the coordinator: not on the runtime's threads.
    let _closed = tokio::task::spawn_blocking(move || drop(member)).await;
    Ok(())
}

struct Member<C> {
    group: &'static str,
    records: StreamConsumer<LagMeter>,
    dead_letters: FutureProducer,
    pool: Pool,
    consumer: C,
    retries: Retries,
}

impl<C: Consumer> Member<C> {
    async fn run(&mut self) {
        loop {
            let batch = self.next_batch().await;
            let mut held: Vec<Partition> = Vec::new();
            if self.take_effect_together(&batch).await {
                batch.iter().for_each(|record| self.done(record));
                continue;
            }
            // One of them fails: one at a time, so that it does so alone.
            for record in &batch {
                let partition = partition_of(record);
                if held.contains(&partition) {
                    continue;
                }
                match self.take_effect(std::slice::from_ref(record)).await {
                    Ok(()) => self.done(record),
                    Err(error) if self.hold(record, &error).await => held.push(partition),
                    Err(_put_aside) => self.done(record),
                }
            }
        }
    }

    /// Waits for a record, and takes what else is there already.
    async fn next_batch(&mut self) -> Vec<OwnedMessage> {
        let mut told = false;
        loop {
            let due = self
                .retries
                .next_due()
                .unwrap_or_else(|| Instant::now() + Duration::from_secs(60));
            let first = tokio::time::timeout_at(due.into(), self.records.recv()).await;
            let first = first.map(|received| received.map(|record| record.detach()));
            self.resume_due();
            match first {
                Err(_retry_is_due) => {}
                Ok(Ok(first)) => {
                    let mut batch = vec![first];
                    while batch.len() < BATCH
                        && let Some(Ok(next)) = self.records.recv().now_or_never()
                    {
                        batch.push(next.detach());
                    }
                    return batch;
                }
                // The client tries again by itself and tells of each failure, ahead of the records that it gets in the end:
                // whoever pauses for each holds those back for long after the broker is there again.
                Ok(Err(error)) if !told => {
                    tracing::warn!(group = self.group, %error, "the broker does not deliver; trying again");
                    told = true;
                }
                Ok(Err(error)) => tracing::debug!(group = self.group, %error, "the broker does not deliver"),
            }
        }
    }

    async fn take_effect_together(&self, batch: &[OwnedMessage]) -> bool {
        match self.take_effect(batch).await {
            Ok(()) => true,
            Err(error) => {
                tracing::debug!(group = self.group, %error, records = batch.len(), "a batch fails");
                false
            }
        }
    }

    async fn take_effect(&self, records: &[OwnedMessage]) -> Result<(), ConsumeError> {
        let mut events = records
            .iter()
            .map(Event::from_record)
            .collect::<Result<Vec<_>, _>>()?;
        let spans: Vec<Context> = records
            .iter()
            .zip(&mut events)
            .map(|(record, event)| process_span(self.group, record, event, records.len()))
            .collect();
        let effect = self
            .bring_about(&events)
            .with_context(telemetry::lead(&spans))
            .await;
        for span in &spans {
            // Which of several it was is found out one by one.
            if let (Err(error), 1) = (&effect, spans.len()) {
                failed(&span.span(), "ConsumeError", error);
            }
            span.span().end();
        }
        effect
    }

    async fn bring_about(&self, events: &[Event]) -> Result<(), ConsumeError> {
        let mut connection = self.pool.get().await?;
        let fresh = connection
            .transaction(async |connection| {
                let fresh = self.mark_as_seen(connection, events).await?;
                if !fresh.is_empty() {
                    self.consumer.consume(connection, &fresh).await?;
                }
                Ok::<_, ConsumeError>(fresh)
            })
            .await?;
        self.consumer.committed();
        meters::consumed(self.group, events.len(), &fresh);
        Ok(())
    }

    /// Writes inbox rows, and keeps the events that had none.
    async fn mark_as_seen(
        &self,
        connection: &mut AsyncPgConnection,
        events: &[Event],
    ) -> Result<Vec<Event>, ConsumeError> {
        let rows: Vec<_> = events
            .iter()
            .map(|event| (inbox::consumer.eq(self.group), inbox::event_id.eq(event.id)))
            .collect();
        let mut fresh: Vec<Uuid> = diesel::insert_into(inbox::table)
            .values(rows)
            .on_conflict_do_nothing()
            .returning(inbox::event_id)
            .get_results(connection)
            .await?;
        // An event may come twice in one batch; its first time counts.
        let mut first_time = |event: &&Event| {
            let position = fresh.iter().position(|id| *id == event.id);
            position.map(|position| fresh.swap_remove(position)).is_some()
        };
        Ok(events.iter().filter(&mut first_time).cloned().collect())
    }

    /// Holds a failed record's partition for a while; or, where that is of no use any more, puts the record aside and
    /// answers false.
    async fn hold(&mut self, record: &OwnedMessage, error: &ConsumeError) -> bool {
        meters::failed(self.group, record.topic());
        let partition = partition_of(record);
        let now = Instant::now();
        let verdict = match error {
            ConsumeError::Malformed(_) => Verdict::GiveUp,
            error if error.is_outage() => Verdict::Hold(self.retries.hold(&partition, record.offset(), now)),
            _ => self.retries.failed(&partition, record.offset(), now),
        };
        let pause = match verdict {
            Verdict::Hold(pause) => pause,
            Verdict::GiveUp => {
                let reason = error_chain(error);
                match put_aside(&self.dead_letters, record, self.group, &reason).await {
                    Ok(()) => return false,
                    Err(error) => {
                        tracing::error!(%error, "a record cannot be put aside; its partition is held");
                        self.retries.hold(&partition, record.offset(), now)
                    }
                }
            }
        };
        tracing::warn!(
            group = self.group,
            topic = record.topic(),
            offset = record.offset(),
            error = error_chain(error),
            ?pause,
            "a record fails; its partition is held"
        );
        if let Err(error) = self.pause_at(record) {
            // The partition went to another member, which begins at the last offset stored.
            tracing::debug!(%error, "the partition is not ours any more");
        }
        true
    }

    fn pause_at(&self, record: &OwnedMessage) -> Result<(), KafkaError> {
        let mut list = TopicPartitionList::new();
        list.add_partition(record.topic(), record.partition());
        self.records.pause(&list)?;
        self.records.seek(
            record.topic(),
            record.partition(),
            Offset::Offset(record.offset()),
            SEEK_TIMEOUT,
        )
    }

    fn resume_due(&mut self) {
        for (topic, partition) in self.retries.due(Instant::now()) {
            let mut list = TopicPartitionList::new();
            list.add_partition(&topic, partition);
            if let Err(error) = self.records.resume(&list) {
                tracing::debug!(%error, topic, partition, "the partition is not ours any more");
            }
        }
    }

    fn done(&mut self, record: &OwnedMessage) {
        self.retries.succeeded(&partition_of(record));
        // Refused where the partition went to another member; that one sees the record again, and the inbox knows it.
        let _not_ours_any_more =
            self.records
                .store_offset(record.topic(), record.partition(), record.offset());
    }
}

fn partition_of(record: &OwnedMessage) -> Partition {
    (record.topic().to_owned(), record.partition())
}
