//! The end of a trace: somebody hears of it.

use opentelemetry::trace::{Span, SpanBuilder, SpanKind, TraceContextExt, Tracer};
use opentelemetry::{KeyValue, global};
use service::telemetry::context_of;

use crate::model::feed_entry::{Entry, Kind};

/// Tells the trace of an entry that a subscriber gets it: a moment, no span of time, and one for each subscriber. Where
/// the trace is not sampled, nobody is told.
pub fn pushed(entry: &Entry) {
    let heard_from = context_of(entry.traceparent.as_deref());
    if !heard_from.span().span_context().is_sampled() {
        return;
    }
    let name = match entry.kind {
        Kind::Notification => "push notification",
        Kind::Order => "push order",
        Kind::Departure => "push departure",
        Kind::Cancellation => "push cancellation",
    };
    let builder = SpanBuilder::from_name(name)
        .with_kind(SpanKind::Producer)
        .with_attributes([
            KeyValue::new("graphql.operation.type", "subscription"),
            KeyValue::new("feed.subject", entry.subject_id.to_string()),
            KeyValue::new("feed.cursor", entry.position.to_cursor()),
        ]);
    global::tracer("excursions")
        .build_with_context(builder, &heard_from)
        .end();
}
