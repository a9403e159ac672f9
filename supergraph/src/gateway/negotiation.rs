//! Who answers a request to `/graphql`: told by its `Accept` header and, where that leaves it open, by its operation.
//!
//! Invariants: only a client that names `text/event-stream` gets one, since `*/*` is what every client says; and one
//! that takes a response as well gets a stream for a subscription only, since nothing else can answer that.

use async_graphql::parser::types::{DocumentOperations, OperationType};
use axum::body::{Body, to_bytes};
use axum::extract::{Query, Request};
use axum::http::header::{ACCEPT, UPGRADE};
use axum::http::{HeaderMap, Method, StatusCode};
use serde::Deserialize;
use service::graphql::parsed;

use super::MAX_BODY_BYTES;

/// Whether a WebSocket is asked for. There are other upgrades: some clients offer HTTP/2 so.
pub(super) fn is_websocket(headers: &HeaderMap) -> bool {
    headers
        .get(UPGRADE)
        .is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// Whether an event stream is asked for. May read the body, and puts it back.
///
/// # Errors
/// The status to refuse a body with that is too large, or does not come.
pub(super) async fn wants_events(request: &mut Request) -> Result<bool, StatusCode> {
    match accepted(request.headers()) {
        Accepted::Response => Ok(false),
        Accepted::Events => Ok(true),
        Accepted::Either => Ok(operation(request).await?.is_some_and(Operation::asks_for_events)),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Accepted {
    Response,
    Events,
    Either,
}

fn accepted(headers: &HeaderMap) -> Accepted {
    let ranges = headers
        .get_all(ACCEPT)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(acceptable);
    let (events, others): (Vec<_>, Vec<_>) =
        ranges.partition(|media_type| media_type.eq_ignore_ascii_case("text/event-stream"));
    match (events.is_empty(), others.is_empty()) {
        (true, _) => Accepted::Response,
        (false, true) => Accepted::Events,
        (false, false) => Accepted::Either,
    }
}

/// The media type of a range, unless it is one that the client refuses.
fn acceptable(range: &str) -> Option<&str> {
    let mut parts = range.split(';').map(str::trim);
    let media_type = parts.next().filter(|media_type| !media_type.is_empty())?;
    let refused = parts
        .filter_map(|parameter| parameter.split_once('='))
        .any(|(name, value)| {
            name.eq_ignore_ascii_case("q") && value.parse::<f32>().is_ok_and(|quality| quality <= 0.0)
        });
    (!refused).then_some(media_type)
}

/// The part of a GraphQL request that tells its operation.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Operation {
    query: String,
    operation_name: Option<String>,
}

impl Operation {
    fn asks_for_events(self) -> bool {
        let mut request = async_graphql::Request::new(self.query);
        // Whoever answers what is no document, or too large a one, says so.
        let Ok(document) = parsed(&mut request) else {
            return false;
        };
        let operation = match (&document.operations, &self.operation_name) {
            (DocumentOperations::Single(operation), _) => Some(operation),
            (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name.as_str()),
            (DocumentOperations::Multiple(_), None) => None,
        };
        operation.is_some_and(|operation| operation.node.ty == OperationType::Subscription)
    }
}

/// Nothing where the request is no GraphQL request: whoever answers it says so.
async fn operation(request: &mut Request) -> Result<Option<Operation>, StatusCode> {
    if request.method() == Method::GET {
        let parameters = Query::try_from_uri(request.uri()).ok();
        return Ok(parameters.map(|Query(operation)| operation));
    }
    let body = std::mem::take(request.body_mut());
    let bytes = to_bytes(body, MAX_BODY_BYTES)
        .await
        .map_err(|_too_large_or_broken| StatusCode::PAYLOAD_TOO_LARGE)?;
    let operation = serde_json::from_slice(&bytes).ok();
    *request.body_mut() = Body::from(bytes);
    Ok(operation)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const SUBSCRIPTION: &str = "subscription { departureUpdated(departureId: 1) { cursor } }";
    const TWO: &str = "query Q { me { id } } subscription S { notificationReceived { cursor } }";

    fn headers(accept: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))])
    }

    #[test]
    fn event_stream_must_be_named_and_not_be_refused() {
        for (accept, expected) in [
            ("text/event-stream", Accepted::Events),
            ("TEXT/Event-Stream; charset=utf-8", Accepted::Events),
            ("application/json;q=0, text/event-stream", Accepted::Events),
            ("*/*", Accepted::Response),
            ("text/*", Accepted::Response),
            ("application/json", Accepted::Response),
            ("text/event-stream;q=0", Accepted::Response),
            ("application/json, text/event-stream; q=0.0", Accepted::Response),
            ("application/json, text/event-stream;q=0.1", Accepted::Either),
            (
                "application/graphql-response+json, application/json, text/event-stream, multipart/mixed",
                Accepted::Either,
            ),
            ("text/event-stream, */*", Accepted::Either),
            ("", Accepted::Response),
        ] {
            assert_eq!(accepted(&headers(accept)), expected, "{accept}");
        }
        assert_eq!(accepted(&HeaderMap::new()), Accepted::Response);
    }

    #[test]
    fn ranges_may_come_in_several_headers() {
        let mut several = headers("application/json");
        several.append(ACCEPT, HeaderValue::from_static("text/event-stream"));
        assert_eq!(accepted(&several), Accepted::Either);
    }

    #[test]
    fn websocket_is_one_upgrade_among_others() {
        let upgrade = |value| HeaderMap::from_iter([(UPGRADE, HeaderValue::from_static(value))]);
        assert!(is_websocket(&upgrade("WebSocket")));
        assert!(!is_websocket(&upgrade("h2c")));
        assert!(!is_websocket(&HeaderMap::new()));
    }

    #[tokio::test]
    async fn operation_decides_where_both_are_accepted() {
        let deeper_than_the_parser_has_stack_for = format!("subscription {}", "{a".repeat(100_000));
        for (query, operation_name, expected) in [
            (SUBSCRIPTION, None, true),
            (TWO, Some("S"), true),
            (TWO, Some("Q"), false),
            (TWO, None, false),
            ("{ me { id } }", None, false),
            ("subscription {", None, false),
            (&deeper_than_the_parser_has_stack_for, None, false),
        ] {
            let text = serde_json::json!({ "query": query, "operationName": operation_name }).to_string();
            let mut post = Request::post("/graphql")
                .header(ACCEPT, "application/json, text/event-stream")
                .body(Body::from(text.clone()))
                .unwrap();
            assert_eq!(wants_events(&mut post).await, Ok(expected), "{query:.60}");
            let body = to_bytes(post.into_body(), usize::MAX).await.unwrap();
            assert_eq!(body, text, "the body is there again");
        }
    }

    #[tokio::test]
    async fn operation_is_in_the_query_string_of_a_get() {
        for (query, expected) in [
            ("query=subscription%7BnotificationReceived%7Bcursor%7D%7D", true),
            ("query=%7Bme%7Bid%7D%7D", false),
            ("", false),
        ] {
            let mut get = Request::get(format!("/graphql?{query}"))
                .header(ACCEPT, "application/json, text/event-stream")
                .body(Body::empty())
                .unwrap();
            assert_eq!(wants_events(&mut get).await, Ok(expected), "{query}");
        }
    }

    #[tokio::test]
    async fn body_that_the_router_would_refuse_is_refused() {
        let mut post = Request::post("/graphql")
            .header(ACCEPT, "application/json, text/event-stream")
            .body(Body::from(vec![b' '; MAX_BODY_BYTES + 1]))
            .unwrap();
        assert_eq!(wants_events(&mut post).await, Err(StatusCode::PAYLOAD_TOO_LARGE));
    }
}
