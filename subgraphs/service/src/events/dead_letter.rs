//! Records that could not be processed, put aside with the reason.

use std::time::Duration;

use rdkafka::Message;
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};

use super::topic::dead_letter_topic;

/// Publishes a record on its topic's dead-letter topic: same key, payload and headers, and where it came from and why.
pub(super) async fn put_aside(
    producer: &FutureProducer,
    record: &OwnedMessage,
    consumer: &str,
    reason: &str,
) -> Result<(), KafkaError> {
    let topic = dead_letter_topic(record.topic());
    let partition = record.partition().to_string();
    let offset = record.offset().to_string();
    let headers = [
        ("dlq_topic", record.topic()),
        ("dlq_partition", &partition),
        ("dlq_offset", &offset),
        ("dlq_consumer", consumer),
        ("dlq_reason", reason),
    ]
    .into_iter()
    .fold(
        record.headers().cloned().unwrap_or_else(OwnedHeaders::new),
        |headers, (key, value)| {
            headers.insert(Header {
                key,
                value: Some(value),
            })
        },
    );
    let mut dead = FutureRecord::<[u8], [u8]>::to(&topic).headers(headers);
    dead.key = record.key();
    dead.payload = record.payload();
    producer
        .send(dead, Duration::from_secs(10))
        .await
        .map_err(|(error, _)| error)?;
    metrics::counter!("events_dead_lettered_total", "topic" => record.topic().to_owned()).increment(1);
    tracing::error!(topic, consumer, reason, "a record is put aside");
    Ok(())
}
