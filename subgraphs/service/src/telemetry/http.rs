//! Spans of requests, by OpenTelemetry's semantic conventions for HTTP.

use axum::extract::{MatchedPath, Request};
use axum::http::header::{HOST, USER_AGENT};
use axum::http::{HeaderName, StatusCode};
use reqwest::{Client, RequestBuilder, Response};
use tracing::field::Empty;
use tracing::{Instrument, Span, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::propagation::{context_in, inject_headers};

/// A span for a request that came in; it continues the trace in its headers.
#[must_use]
pub fn request_span(service: &'static str, request: &Request) -> Span {
    let method = request.method();
    let route = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    let header = |name: HeaderName| request.headers().get(name)?.to_str().ok();
    let (address, port) = header(HOST).map_or((None, None), |host| match host.rsplit_once(':') {
        Some((address, port)) => (Some(address), port.parse::<i64>().ok()),
        None => (Some(host), None),
    });
    let span = info_span!(
        "request",
        otel.name = route.map_or_else(|| method.to_string(), |route| format!("{method} {route}")),
        otel.kind = "server",
        service,
        http.request.method = %method,
        http.route = route,
        url.path = request.uri().path(),
        url.scheme = "http",
        server.address = address,
        server.port = port,
        user_agent.original = header(USER_AGENT),
        http.response.status_code = Empty,
        "error.type" = Empty,
        otel.status_code = Empty,
    );
    // Only a disabled span refuses a parent, and nothing hangs on that.
    let _disabled = span.set_parent(context_in(request.headers()));
    span
}

/// Tells the span of a request that came in how it was answered.
pub fn answered(span: &Span, status: StatusCode) {
    span.record("http.response.status_code", i64::from(status.as_u16()));
    if status.is_server_error() {
        failed(span, status.as_str());
    }
}

/// Sends a request in a span of its own, which the trace of whoever answers it continues.
///
/// # Errors
/// The client's.
pub async fn send(client: &Client, request: RequestBuilder) -> reqwest::Result<Response> {
    let mut request = request.build()?;
    let (method, url) = (request.method(), request.url());
    let span = info_span!(
        "call",
        otel.name = format!("{method} {}", url.path()),
        otel.kind = "client",
        http.request.method = %method,
        url.full = %url,
        url.template = url.path(),
        server.address = url.host_str(),
        server.port = url.port_or_known_default().map(i64::from),
        http.response.status_code = Empty,
        "error.type" = Empty,
        otel.status_code = Empty,
    );
    span.in_scope(|| inject_headers(request.headers_mut()));
    let response = client.execute(request).instrument(span.clone()).await;
    match &response {
        Ok(response) => {
            let status = response.status();
            span.record("http.response.status_code", i64::from(status.as_u16()));
            if status.is_client_error() || status.is_server_error() {
                failed(&span, status.as_str());
            }
        }
        Err(error) if error.is_timeout() => failed(&span, "timeout"),
        Err(error) if error.is_connect() => failed(&span, "connect"),
        Err(_) => failed(&span, "_OTHER"),
    }
    response
}

fn failed(span: &Span, kind: &str) {
    span.record("error.type", kind);
    span.record("otel.status_code", "ERROR");
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use opentelemetry::trace::{SpanKind, Status};
    use opentelemetry_sdk::propagation::TraceContextPropagator;
    use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, SpanData};
    use tracing_subscriber::layer::SubscriberExt;

    use super::super::exported::Exported;
    use super::super::traces;
    use super::*;

    /// The span of a request that was answered so.
    fn answered_with(status: StatusCode) -> SpanData {
        opentelemetry::global::set_text_map_propagator(TraceContextPropagator::new());
        let exported = Exported::default();
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::AlwaysOn)
            .with_simple_exporter(exported.clone())
            .build();
        let subscriber = tracing_subscriber::registry().with(traces::layer(&provider));
        tracing::subscriber::with_default(subscriber, || {
            let request = Request::post("/graphql")
                .header(
                    "traceparent",
                    "00-0000000000000000000000000000abcd-0000000000000123-01",
                )
                .body(Body::empty())
                .unwrap();
            answered(&request_span("orders", &request), status);
        });
        exported.take().pop().unwrap()
    }

    fn told(span: &SpanData, name: &str) -> String {
        let found = span
            .attributes
            .iter()
            .find(|attribute| attribute.key.as_str() == name);
        found.unwrap().value.to_string()
    }

    #[test]
    fn request_continues_the_trace_of_its_caller() {
        let span = answered_with(StatusCode::OK);
        assert_eq!(
            span.span_context.trace_id().to_string(),
            "0000000000000000000000000000abcd"
        );
        assert_eq!(span.parent_span_id.to_string(), "0000000000000123");
        assert_eq!(
            (span.name.as_ref(), span.span_kind.clone()),
            ("POST", SpanKind::Server)
        );
        assert_eq!(told(&span, "http.request.method"), "POST");
        assert_eq!(told(&span, "url.path"), "/graphql");
        assert_eq!(told(&span, "http.response.status_code"), "200");
        assert_eq!(span.status, Status::Unset);
    }

    #[test]
    fn what_broke_in_a_server_is_its_failure_and_what_a_client_did_is_not() {
        assert_eq!(answered_with(StatusCode::BAD_REQUEST).status, Status::Unset);
        let broken = answered_with(StatusCode::BAD_GATEWAY);
        assert!(matches!(broken.status, Status::Error { .. }));
        assert_eq!(told(&broken, "error.type"), "502");
    }
}
