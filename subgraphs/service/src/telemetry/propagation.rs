//! W3C trace context in and out: HTTP headers, outbox rows, Kafka records, the saga's journal.

use std::collections::HashMap;

use axum::http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::global::get_text_map_propagator;
use opentelemetry_http::{HeaderExtractor, HeaderInjector};

const TRACEPARENT: &str = "traceparent";

/// The context that came with the headers of a request.
pub(super) fn context_in(headers: &HeaderMap) -> Context {
    get_text_map_propagator(|propagator| {
        propagator.extract_with_context(&Context::new(), &HeaderExtractor(headers))
    })
}

/// Writes the current context into the headers of a request about to be sent.
pub(super) fn inject_headers(headers: &mut HeaderMap) {
    get_text_map_propagator(|propagator| {
        propagator.inject_context(&Context::current(), &mut HeaderInjector(headers));
    });
}

/// The `traceparent` of what is done now, if it belongs to a trace.
#[must_use]
pub fn traceparent() -> Option<String> {
    traceparent_of(&Context::current())
}

/// A context as a `traceparent`, if it belongs to a trace.
#[must_use]
pub fn traceparent_of(context: &Context) -> Option<String> {
    let mut carrier = HashMap::new();
    get_text_map_propagator(|propagator| propagator.inject_context(context, &mut carrier));
    carrier.remove(TRACEPARENT)
}

/// The context of a stored `traceparent`; one that belongs to no trace where there is none.
#[must_use]
pub fn context_of(traceparent: Option<&str>) -> Context {
    let carrier: HashMap<String, String> = traceparent
        .map(|traceparent| (TRACEPARENT.to_owned(), traceparent.to_owned()))
        .into_iter()
        .collect();
    get_text_map_propagator(|propagator| propagator.extract_with_context(&Context::new(), &carrier))
}
