//! The relay: publishes what is in the outbox, then deletes it.
//!
//! Invariants: one relay a database at a time (advisory lock), so that events keep their order; a row is deleted only
//! after the broker has it, so that none is lost. A crash in between publishes again; consumers have an inbox for that.
//!
//! Each sending has a span in the trace that the event was made in. A record says both: `ce_traceparent` where the event
//! was made, `traceparent` what sent it.

use std::collections::HashSet;
use std::time::Duration;

use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use futures::future::join_all;
use opentelemetry::trace::TraceContextExt;
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::broker::producer;
use super::outbox::{OutboxHint, outbox};
use super::spans::{send_span, sent};
use super::topic::Topic;
use crate::{error_chain, telemetry};

const BATCH: i64 = 1_000;
const IDLE_LOOK: Duration = Duration::from_millis(500);
const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(1);
/// Any number that nothing else in the database locks.
const LEADER_LOCK: i64 = 0x72_656c_6179;

/// Why the relay paused. It goes on by itself.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// No connection to the database.
    #[error("the relay cannot connect to its database")]
    Connect(#[source] ConnectionError),
    /// The outbox cannot be read.
    #[error("the outbox cannot be read")]
    Read(#[source] diesel::result::Error),
    /// Published rows cannot be deleted.
    #[error("published events cannot be deleted from the outbox")]
    Delete(#[source] diesel::result::Error),
    /// The producer cannot be made.
    #[error("the relay cannot reach the broker")]
    Producer(#[source] KafkaError),
    /// The broker did not take an event.
    #[error("an event cannot be published")]
    Publish(#[source] KafkaError),
}

/// Publishes one service's outbox on its topic.
pub struct Relay {
    /// The service's database.
    pub database_url: SecretString,
    /// The broker.
    pub brokers: String,
    /// Where to publish.
    pub topic: Topic,
    /// Told of new rows.
    pub hint: OutboxHint,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = outbox, check_for_backend(diesel::pg::Pg))]
struct Row {
    position: i64,
    id: Uuid,
    aggregateid: String,
    event_type: String,
    #[diesel(select_expression = sql("payload::text"), select_expression_type = SqlLiteral<Text>)]
    payload: String,
    traceparent: Option<String>,
    created_at: chrono::DateTime<chrono::Utc>,
}

#[diesel::declare_sql_function]
extern "SQL" {
    fn pg_try_advisory_lock(key: diesel::sql_types::BigInt) -> diesel::sql_types::Bool;
}

impl Relay {
    /// Runs until the token is cancelled; errors are logged, and it goes on.
    pub async fn run(self, shutdown: CancellationToken) {
        metrics::counter!("outbox_errors_total", "topic" => self.topic.name()).increment(0);
        while !shutdown.is_cancelled() {
            if let Some(Err(error)) = shutdown.run_until_cancelled(self.lead()).await {
                metrics::counter!("outbox_errors_total", "topic" => self.topic.name()).increment(1);
                tracing::warn!(
                    topic = self.topic.name(),
                    error = error_chain(&error),
                    "the relay pauses"
                );
                shutdown
                    .run_until_cancelled(tokio::time::sleep(PAUSE_AFTER_ERROR))
                    .await;
            }
        }
    }

    /// Waits to become the leader, then publishes until something fails.
    async fn lead(&self) -> Result<(), RelayError> {
        // A connection of its own: the lock lives and dies with it.
        let mut connection = AsyncPgConnection::establish(self.database_url.expose_secret())
            .await
            .map_err(RelayError::Connect)?;
        while !diesel::select(pg_try_advisory_lock(LEADER_LOCK))
            .get_result::<bool>(&mut connection)
            .await
            .map_err(RelayError::Read)?
        {
            tokio::time::sleep(IDLE_LOOK).await;
        }
        let producer = producer(&self.brokers).map_err(RelayError::Producer)?;
        loop {
            let published = self.publish_batch(&mut connection, &producer).await?;
            if published < BATCH as usize {
                let _timed_out = tokio::time::timeout(IDLE_LOOK, self.hint.wait()).await;
            }
        }
    }

    async fn publish_batch(
        &self,
        connection: &mut AsyncPgConnection,
        producer: &FutureProducer,
    ) -> Result<usize, RelayError> {
        let rows: Vec<Row> = outbox::table
            .order(outbox::position)
            .limit(BATCH)
            .select(Row::as_select())
            .load(connection)
            .await
            .map_err(RelayError::Read)?;
        if rows.is_empty() {
            return Ok(0);
        }
        // `send` queues in the order of the calls; the futures only wait for the broker's word.
        let deliveries = join_all(rows.iter().map(|row| self.publish(producer, row))).await;

        let mut failed_aggregates = HashSet::new();
        let mut published = Vec::with_capacity(rows.len());
        let mut failure = None;
        for (row, delivery) in rows.iter().zip(deliveries) {
            match delivery {
                // What follows a failed event of its aggregate is published again, after it.
                Ok(()) if !failed_aggregates.contains(&row.aggregateid) => published.push(row.position),
                Ok(()) => {}
                Err(error) => {
                    failed_aggregates.insert(&row.aggregateid);
                    failure = Some(error);
                }
            }
        }
        diesel::delete(outbox::table.filter(outbox::position.eq_any(&published)))
            .execute(connection)
            .await
            .map_err(RelayError::Delete)?;
        metrics::counter!("outbox_published_total", "topic" => self.topic.name())
            .increment(published.len() as u64);
        failure.map_or(Ok(published.len()), |error| Err(RelayError::Publish(error)))
    }

    async fn publish(&self, producer: &FutureProducer, row: &Row) -> Result<(), KafkaError> {
        let sending = row
            .traceparent
            .as_deref()
            .map(|made_in| send_span(self.topic, row.id, &row.aggregateid, made_in));
        let traceparent = sending.as_ref().and_then(telemetry::traceparent_of);
        let record = FutureRecord::to(self.topic.name())
            .key(&row.aggregateid)
            .payload(&row.payload)
            .headers(cloud_event_headers(self.topic, row, traceparent.as_deref()));
        let delivery = producer.send(record, Duration::from_secs(10)).await;
        if let Some(sending) = sending {
            sent(&sending.span(), &delivery);
        }
        delivery.map(drop).map_err(|(error, _)| error)
    }
}

fn cloud_event_headers(topic: Topic, row: &Row, traceparent: Option<&str>) -> OwnedHeaders {
    let source = format!("/excursions/{}", topic.publisher());
    let time = row.created_at.to_rfc3339();
    let id = row.id.to_string();
    let mut headers = [
        ("ce_specversion", "1.0"),
        ("ce_id", &id),
        ("ce_source", &source),
        ("ce_type", &row.event_type),
        ("ce_time", &time),
        ("ce_subject", &row.aggregateid),
        ("ce_partitionkey", &row.aggregateid),
        ("content-type", "application/json"),
    ]
    .into_iter()
    .fold(OwnedHeaders::new(), |headers, (key, value)| {
        headers.insert(Header {
            key,
            value: Some(value),
        })
    });
    for (key, value) in [
        ("traceparent", traceparent),
        ("ce_traceparent", row.traceparent.as_deref()),
    ] {
        if value.is_some() {
            headers = headers.insert(Header { key, value });
        }
    }
    headers
}
