//! GraphQL over Server-Sent Events, distinct connections: a request, and its responses as `next` events until `complete`.

use std::convert::Infallible;
use std::time::Duration;

use async_graphql::parser::types::OperationType;
use async_graphql::{Request, Response as GraphqlResponse};
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{ACCEPT, ALLOW, AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use futures::stream::{self, Stream, StreamExt};
use serde::Deserialize;
use service::auth::Caller;
use service::graphql::parsed;
use tokio::time::sleep;

use super::Transport;
use super::execution::{caller_of, expiry, responses, token_expired};

/// Tells reverse proxies of nginx's kind not to hold events back.
const ACCEL_BUFFERING: HeaderName = HeaderName::from_static("x-accel-buffering");
const KEEP_ALIVE: Duration = Duration::from_secs(15);
const COMMENT: &str = ":\n\n";
/// Browsers pass over an event without a data field, even an empty one.
const COMPLETE: &str = "event: complete\ndata: \n\n";

/// A request in a URL (GraphQL over HTTP).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameters {
    query: String,
    operation_name: Option<String>,
    /// A JSON object.
    variables: Option<String>,
}

impl TryFrom<Parameters> for Request {
    type Error = serde_json::Error;

    fn try_from(parameters: Parameters) -> Result<Self, serde_json::Error> {
        let request = Self::new(parameters.query);
        let request = match parameters.variables {
            Some(variables) => request.variables(serde_json::from_str(&variables)?),
            None => request,
        };
        Ok(match parameters.operation_name {
            Some(name) => request.operation_name(name),
            None => request,
        })
    }
}

/// `GET /subscriptions?query=…`, as the browsers' `EventSource` sends it.
pub(super) async fn get(
    transport: Transport,
    parameters: Result<Query<Parameters>, QueryRejection>,
    headers: &HeaderMap,
) -> Response {
    let parameters = match parameters {
        Ok(Query(parameters)) => parameters,
        Err(error) => return bad_request(&error.body_text()),
    };
    let mut request = match Request::try_from(parameters) {
        Ok(request) => request,
        Err(error) => return bad_request(&format!("variables: {error}")),
    };
    // What a link can do must change nothing.
    let mutates = parsed(&mut request).is_ok_and(|document| {
        document
            .operations
            .iter()
            .any(|(_, operation)| operation.node.ty == OperationType::Mutation)
    });
    if mutates {
        let text = "mutations are sent by POST\n";
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "POST")], text).into_response();
    }
    stream(transport, request, headers).await
}

/// `POST /subscriptions`.
pub(super) async fn post(State(transport): State<Transport>, headers: HeaderMap, body: Bytes) -> Response {
    let is_json = media_types(&headers, &CONTENT_TYPE).any(|media_type| media_type == "application/json");
    if !is_json {
        let text = "the content type of a GraphQL request is application/json\n";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, text).into_response();
    }
    match serde_json::from_slice(&body) {
        Ok(request) => stream(transport, request, &headers).await,
        Err(error) => bad_request(&error.to_string()),
    }
}

fn bad_request(reason: &str) -> Response {
    (
        StatusCode::BAD_REQUEST,
        format!("not a GraphQL request: {reason}\n"),
    )
        .into_response()
}

async fn stream(transport: Transport, request: Request, headers: &HeaderMap) -> Response {
    let acceptable = !headers.contains_key(ACCEPT)
        || media_types(headers, &ACCEPT)
            .any(|media_type| matches!(media_type.as_str(), "text/event-stream" | "text/*" | "*/*"));
    if !acceptable {
        return (StatusCode::NOT_ACCEPTABLE, "responses are text/event-stream\n").into_response();
    }
    let token = headers
        .get(AUTHORIZATION)
        .map(|value| value.to_str().unwrap_or_default());
    let caller = caller_of(&transport.authenticator, token).await;
    let responses = responses(&transport.schema, request, caller.clone());
    let events = until_expiry(responses, caller)
        .chain(stream::once(async { COMPLETE.to_owned() }))
        // Cut, not completed: the client is to connect again.
        .take_until(transport.shutdown.cancelled_owned())
        .map(Ok::<_, Infallible>);
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-cache"),
        (ACCEL_BUFFERING, "no"),
    ];
    (headers, Body::from_stream(events)).into_response()
}

/// Responses as events until the caller's token expires, then one that says so; comments where there is nothing to say,
/// so that nobody in between takes the connection for dead.
fn until_expiry(
    responses: impl Stream<Item = GraphqlResponse> + Send + 'static,
    caller: Caller,
) -> impl Stream<Item = String> + Send {
    let expired = async move { expiry(&caller).await };
    stream::unfold(Some((responses.boxed(), Box::pin(expired))), async |state| {
        let (mut responses, mut expired) = state?;
        tokio::select! {
            response = responses.next() => Some((next(&response?)?, Some((responses, expired)))),
            () = &mut expired => Some((next(&token_expired())?, None)),
            () = sleep(KEEP_ALIVE) => Some((COMMENT.to_owned(), Some((responses, expired)))),
        }
    })
}

/// A response as an event. JSON has no line breaks outside of its strings, and escapes those inside.
fn next(response: &GraphqlResponse) -> Option<String> {
    match serde_json::to_string(response) {
        Ok(json) => Some(format!("event: next\ndata: {json}\n\n")),
        Err(error) => {
            tracing::error!(%error, "a response cannot be written as JSON");
            None
        }
    }
}

/// The media types of a header, without their parameters.
fn media_types<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = String> + 'a {
    headers
        .get_all(name)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|range| range.split(';').next())
        .map(|media_type| media_type.trim().to_ascii_lowercase())
}
