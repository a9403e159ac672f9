//! W3C trace context in and out: HTTP headers, outbox rows, Kafka records, the saga's journal.

use std::collections::HashMap;

use axum::http::{HeaderMap, Method};
use opentelemetry::global::get_text_map_propagator;
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use tracing::{Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// A span for a request that continues the trace in its headers.
#[must_use]
pub fn request_span(service: &'static str, method: &Method, path: &str, headers: &HeaderMap) -> Span {
    let span = info_span!(
        "request",
        otel.name = format!("{method} {path}"),
        otel.kind = "server",
        service,
        http.request.method = %method,
        url.path = path,
    );
    let context = get_text_map_propagator(|propagator| propagator.extract(&HeaderExtractor(headers)));
    // Only a disabled span refuses a parent, and nothing hangs on that.
    let _disabled = span.set_parent(context);
    span
}

/// Writes the current span's context into the headers of a request about to be sent.
pub fn inject_headers(headers: &mut HeaderMap) {
    let context = Span::current().context();
    get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut HeaderInjector(headers)));
}

/// The `traceparent` of the current span, if it belongs to a trace.
#[must_use]
pub fn traceparent() -> Option<String> {
    let context = Span::current().context();
    let mut carrier = HashMap::new();
    get_text_map_propagator(|propagator| propagator.inject_context(&context, &mut carrier));
    carrier.remove("traceparent")
}

/// Makes a span continue the trace of a stored `traceparent`.
pub fn continue_trace(span: &Span, traceparent: &str) {
    let carrier = HashMap::from([("traceparent".to_owned(), traceparent.to_owned())]);
    let context = get_text_map_propagator(|propagator| propagator.extract(&carrier));
    let _disabled = span.set_parent(context);
}
