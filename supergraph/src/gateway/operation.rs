//! What a request to `/graphql` asks for, found out before it is sent on.
//!
//! Invariants: a document reaches the router only if it is within the limits that every subgraph has, too. A router writes
//! out all fragments before it plans, and some that spread another one twice, which spreads another one twice, cost Hive
//! Router all the memory there is. And a request reaches it only if it can be read in one way: a key given twice, or a
//! compressed body, could be another request to the router than it is to us.

use async_graphql::ServerError;
use async_graphql::parser::types::{DocumentOperations, ExecutableDocument, OperationType};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Query, Request};
use axum::http::header::{ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use service::graphql::http::{MediaType, is_json, not_a_request};
use service::graphql::{Limits, mask, parsed};

use super::MAX_BODY_BYTES;

/// Why a request is not sent on.
#[derive(Debug)]
pub(super) enum Refusal {
    /// GraphQL is asked for by GET and POST.
    Method,
    /// A body is JSON.
    ContentType,
    /// A body is not compressed.
    ContentEncoding,
    /// A body is larger than the router takes, or did not come to its end.
    Body,
    /// It is no GraphQL request.
    Request(String),
    /// Its document is no GraphQL, or exceeds a limit.
    Document(Box<ServerError>),
}

impl Refusal {
    /// The answer, in the media type that the client takes.
    pub(super) fn respond(self, media_type: MediaType) -> Response {
        match self {
            Self::Method => {
                let allowed = [(ALLOW, "GET, POST, OPTIONS")];
                (StatusCode::METHOD_NOT_ALLOWED, allowed).into_response()
            }
            Self::ContentType => {
                let text = "the content type of a GraphQL request is application/json\n";
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, text).into_response()
            }
            Self::ContentEncoding => {
                let accepted = [(ACCEPT_ENCODING, "identity")];
                (StatusCode::UNSUPPORTED_MEDIA_TYPE, accepted).into_response()
            }
            Self::Body => StatusCode::PAYLOAD_TOO_LARGE.into_response(),
            Self::Request(reason) => media_type.refuse(&not_a_request(&reason)),
            Self::Document(error) => {
                let errors = vec![mask(*error)];
                media_type.respond(&async_graphql::Response::from_errors(errors))
            }
        }
    }
}

/// The kind of operation that a request asks for, where it says so; the request is as it was.
///
/// # Errors
/// Why the request is not sent on.
pub(super) async fn read(request: Request) -> Result<(Request, Option<OperationType>), Refusal> {
    match *request.method() {
        Method::GET => {
            let kind = admitted(in_query_string(&request)?)?;
            Ok((request, kind))
        }
        Method::POST => {
            let (parts, body) = request.into_parts();
            let bytes = json(&parts.headers, body).await?;
            let asked =
                serde_json::from_slice(&bytes).map_err(|reason| Refusal::Request(reason.to_string()))?;
            let kind = admitted(asked)?;
            Ok((Request::from_parts(parts, Body::from(bytes)), kind))
        }
        // What a browser asks before a page of another origin may send.
        Method::OPTIONS => Ok((request, None)),
        _ => Err(Refusal::Method),
    }
}

/// The part of a request's query string that is measured.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    #[serde(default)]
    query: String,
    operation_name: Option<String>,
}

fn in_query_string(request: &Request) -> Result<async_graphql::Request, Refusal> {
    let Query(parameters) = Query::<Parameters>::try_from_uri(request.uri())
        .map_err(|reason| Refusal::Request(reason.to_string()))?;
    let mut asked = async_graphql::Request::new(parameters.query);
    asked.operation_name = parameters.operation_name;
    Ok(asked)
}

async fn json(headers: &HeaderMap, body: Body) -> Result<Bytes, Refusal> {
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(Refusal::ContentEncoding);
    }
    if !is_json(headers) {
        return Err(Refusal::ContentType);
    }
    to_bytes(body, MAX_BODY_BYTES)
        .await
        .map_err(|_too_large_or_broken| Refusal::Body)
}

fn admitted(mut asked: async_graphql::Request) -> Result<Option<OperationType>, Refusal> {
    // No document, nothing to measure: the router says what is missing.
    if asked.query.is_empty() {
        return Ok(None);
    }
    let name = asked.operation_name.take();
    Limits::default()
        .admit(&mut asked)
        .and_then(|()| parsed(&mut asked).map(|document| kind(document, name.as_deref())))
        .map_err(|error| Refusal::Document(Box::new(error)))
}

fn kind(document: &ExecutableDocument, name: Option<&str>) -> Option<OperationType> {
    let operation = match (&document.operations, name) {
        (DocumentOperations::Single(operation), _) => Some(operation),
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(_), None) => None,
    };
    operation.map(|operation| operation.node.ty)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const SUBSCRIPTION: &str = "subscription { departureUpdated(departureId: 1) { cursor } }";
    const TWO: &str = "query Q { me { id } } subscription S { notificationReceived { cursor } }";

    fn post(body: impl Into<Body>) -> Request {
        Request::post("/graphql")
            .header("content-type", "application/json; charset=utf-8")
            .body(body.into())
            .unwrap()
    }

    async fn refused(request: Request) -> (StatusCode, Value) {
        let refusal = read(request).await.expect_err("it was sent on");
        let answer = refusal.respond(MediaType::Json);
        let status = answer.status();
        let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    #[tokio::test]
    async fn kind_of_the_operation_is_told_and_the_body_is_there_again() {
        for (query, operation_name, expected) in [
            (SUBSCRIPTION, None, Some(OperationType::Subscription)),
            (TWO, Some("S"), Some(OperationType::Subscription)),
            (TWO, Some("Q"), Some(OperationType::Query)),
            (TWO, None, None),
            ("{ me { id } }", None, Some(OperationType::Query)),
            ("", None, None),
        ] {
            let text = json!({ "query": query, "operationName": operation_name }).to_string();
            let (request, kind) = read(post(text.clone())).await.unwrap();
            assert_eq!(kind, expected, "{query}");
            let body = to_bytes(request.into_body(), usize::MAX).await.unwrap();
            assert_eq!(body, text);
        }
    }

    #[tokio::test]
    async fn operation_is_in_the_query_string_of_a_get() {
        let get = |query| {
            Request::get(format!("/graphql?{query}"))
                .body(Body::empty())
                .unwrap()
        };
        for (query, expected) in [
            (
                "query=subscription%7BnotificationReceived%7Bcursor%7D%7D",
                Some(OperationType::Subscription),
            ),
            ("query=%7Bme%7Bid%7D%7D", Some(OperationType::Query)),
            ("", None),
        ] {
            let (_, kind) = read(get(query)).await.unwrap();
            assert_eq!(kind, expected, "{query}");
        }
        let (status, _) = refused(get("query=%7Ba%7D&query=%7Bb%7D")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
    }

    #[tokio::test]
    async fn what_exceeds_a_limit_is_refused_with_its_code() {
        let doubling: String = (0..40)
            .map(|n| {
                format!(
                    "fragment F{n} on Query {{ ...F{next} ...F{next} }} ",
                    next = n + 1
                )
            })
            .collect();
        let doubling = format!("{{ ...F0 }} {doubling} fragment F40 on Query {{ __typename }}");
        let deeper_than_the_parser_has_stack_for = "{a".repeat(8_000);
        for (query, code) in [
            (doubling.as_str(), "MAX_FIELDS_EXCEEDED"),
            (&deeper_than_the_parser_has_stack_for, "MAX_DEPTH_EXCEEDED"),
            ("{ me {", "BAD_USER_INPUT"),
        ] {
            let (status, body) = refused(post(json!({ "query": query }).to_string())).await;
            assert_eq!(status, StatusCode::OK, "in application/json");
            assert_eq!(body["errors"][0]["extensions"]["code"], code, "{query:.60}");
        }
    }

    #[tokio::test]
    async fn what_can_be_read_in_two_ways_is_refused() {
        let (status, body) = refused(post(r#"{"query": "{ a }", "query": "{ b }"}"#)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        assert_eq!(body["errors"][0]["extensions"]["code"], "BAD_USER_INPUT");

        let mut compressed = post(r#"{"query": "{ a }"}"#);
        let gzip = "gzip".parse().unwrap();
        compressed.headers_mut().insert(CONTENT_ENCODING, gzip);
        assert_eq!(refused(compressed).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);

        let mut form = post("query=%7Ba%7D");
        let urlencoded = "application/x-www-form-urlencoded".parse().unwrap();
        form.headers_mut().insert("content-type", urlencoded);
        assert_eq!(refused(form).await.0, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    }

    #[tokio::test]
    async fn body_that_the_router_would_refuse_is_refused() {
        let (status, _) = refused(post(vec![b' '; MAX_BODY_BYTES + 1])).await;
        assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    }
}
