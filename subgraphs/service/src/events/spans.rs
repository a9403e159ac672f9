//! Spans of records, by OpenTelemetry's semantic conventions for messaging. What a span is told costs something: it is told
//! only where it is recorded.

use opentelemetry::trace::{Link, Span, SpanBuilder, SpanKind, SpanRef, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, global};
use rdkafka::Message;
use rdkafka::message::OwnedMessage;
use rdkafka::producer::future_producer::OwnedDeliveryResult;
use uuid::Uuid;

use super::{Event, Topic};
use crate::telemetry::{context_of, traceparent_of};

const SCOPE: &str = "excursions";

/// The sending of an event, in the trace that it was made in.
pub(super) fn send_span(topic: Topic, id: Uuid, key: &str, made_in: &str) -> Context {
    let parent = context_of(Some(made_in));
    let builder = SpanBuilder::from_name("send").with_kind(SpanKind::Producer);
    let mut span = global::tracer(SCOPE).build_with_context(builder, &parent);
    if span.is_recording() {
        span.update_name(format!("send {}", topic.name()));
        span.set_attributes(operation("send", topic.name(), id, key));
    }
    parent.with_span(span)
}

/// Tells a sending where the record is, or why it is nowhere.
pub(super) fn sent(span: &SpanRef<'_>, delivery: &OwnedDeliveryResult) {
    match delivery {
        Ok(delivery) => {
            span.set_attributes(place(delivery.partition, delivery.offset));
        }
        Err((error, _)) => failed(span, "KafkaError", error),
    }
    span.end();
}

/// The processing of a record, one of so many that are processed at once: under its sending, and linked to what the event
/// was made in. What comes of the event belongs to it.
pub(super) fn process_span(
    group: &'static str,
    record: &OwnedMessage,
    event: &mut Event,
    batch: usize,
) -> Context {
    let parent = context_of(event.traceparent.as_deref());
    let made_in = context_of(event.made_in.as_deref());
    let made_in = made_in.span().span_context().clone();
    let links = made_in.is_valid().then(|| Link::with_context(made_in));
    let builder = SpanBuilder::from_name("process")
        .with_kind(SpanKind::Consumer)
        .with_links(links.into_iter().collect());
    let mut span = global::tracer(SCOPE).build_with_context(builder, &parent);
    if span.is_recording() {
        span.update_name(format!("process {}", event.topic));
        span.set_attributes(operation("process", &event.topic, event.id, &event.subject));
        span.set_attribute(KeyValue::new("messaging.consumer.group.name", group));
        span.set_attribute(KeyValue::new("cloudevents.event_type", event.event_type.clone()));
        span.set_attributes(place(record.partition(), record.offset()));
        if batch > 1 {
            let count = i64::try_from(batch).unwrap_or(i64::MAX);
            span.set_attribute(KeyValue::new("messaging.batch.message_count", count));
        }
    }
    let context = parent.with_span(span);
    event.traceparent = traceparent_of(&context).or(event.traceparent.take());
    context
}

fn operation(name: &'static str, topic: &str, id: Uuid, key: &str) -> [KeyValue; 6] {
    [
        KeyValue::new("messaging.system", "kafka"),
        KeyValue::new("messaging.operation.name", name),
        KeyValue::new("messaging.operation.type", name),
        KeyValue::new("messaging.destination.name", topic.to_owned()),
        KeyValue::new("messaging.message.id", id.to_string()),
        KeyValue::new("messaging.kafka.message.key", key.to_owned()),
    ]
}

fn place(partition: i32, offset: i64) -> [KeyValue; 2] {
    [
        KeyValue::new("messaging.destination.partition.id", partition.to_string()),
        KeyValue::new("messaging.kafka.offset", offset),
    ]
}
/// Marks what failed.
pub(super) fn failed(span: &SpanRef<'_>, kind: &'static str, error: &(dyn std::error::Error + 'static)) {
    span.set_attribute(KeyValue::new("error.type", kind));
    span.set_status(Status::error(crate::error_chain(error)));
}
