//! `POST /graphql`: one GraphQL request in, one response out (GraphQL over HTTP, draft of 2025).
//!
//! The library's own endpoint runs mutations by GET, does not check the content type and knows one media type only;
//! hence this one. Arrays of requests are refused.
//!
//! Invariant: a request that has begun is worked out to its end, whether or not its client waits for it. A transaction
//! that is dropped halfway would hold its locks until its connection is taken from the pool again.

use std::time::Instant;

use async_graphql::{ObjectType, Request, Response, Schema, SubscriptionType};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{ACCEPT, ALLOW, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use tower_http::limit::RequestBodyLimitLayer;
use tracing::Instrument;

use super::operation::is_refused;
use super::operation_span::{failed, operation_span};
use super::{Operation, mask};
use crate::ServiceName;
use crate::auth::Authenticator;

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";
const JSON: &str = "application/json";
/// A participant's batch of commands is the largest body there is.
const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// A schema that the endpoint can serve.
pub trait GraphqlSchema: Clone + Send + Sync + 'static {
    /// Runs one request.
    fn run(&self, request: Request) -> impl Future<Output = Response> + Send;
}

impl<Q, M, S> GraphqlSchema for Schema<Q, M, S>
where
    Q: ObjectType + 'static,
    M: ObjectType + 'static,
    S: SubscriptionType + 'static,
{
    async fn run(&self, request: Request) -> Response {
        self.execute(request).await
    }
}

/// What the endpoint works with.
#[derive(Clone)]
pub struct Endpoint<S> {
    /// Whose it is.
    pub service: ServiceName,
    /// The subgraph.
    pub schema: S,
    /// Tells who calls.
    pub authenticator: Authenticator,
}

/// The routes of a subgraph: `/graphql`.
pub fn endpoint<S: GraphqlSchema>(endpoint: Endpoint<S>) -> Router {
    Router::new()
        .route("/graphql", post(answer::<S>).fallback(only_post))
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
        .with_state(endpoint)
}

async fn only_post() -> impl IntoResponse {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        [(ALLOW, "POST")],
        "send a GraphQL request by POST\n",
    )
}

async fn answer<S: GraphqlSchema>(
    State(Endpoint {
        service,
        schema,
        authenticator,
    }): State<Endpoint<S>>,
    headers: HeaderMap,
    body: Bytes,
) -> axum::response::Response {
    if !is_json(headers.get(CONTENT_TYPE)) {
        let text = "the content type of a GraphQL request is application/json\n";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, text).into_response();
    }
    let Some(media_type) = accepted(headers.get(ACCEPT)) else {
        let text = "a GraphQL response is application/graphql-response+json or application/json\n";
        return (StatusCode::NOT_ACCEPTABLE, text).into_response();
    };
    let arrived = Instant::now();
    let mut request: Request = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => {
            let mut refused =
                async_graphql::ServerError::new(format!("not a GraphQL request: {error}"), None);
            refused
                .extensions
                .get_or_insert_default()
                .set("code", "BAD_USER_INPUT");
            return respond(
                StatusCode::BAD_REQUEST,
                media_type,
                &Response::from_errors(vec![refused]),
            );
        }
    };
    let authorization = headers
        .get(AUTHORIZATION)
        .map(|value| value.to_str().unwrap_or_default());
    let caller = authenticator.caller(authorization).await;
    let operation = Operation::of(service, &mut request);
    let span = operation_span(&mut request);
    let running = async move { schema.run(request.data(caller)).await };
    let mut response = match tokio::spawn(running.instrument(span.clone())).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(%error, "a request broke off");
            operation.broke_off();
            return StatusCode::INTERNAL_SERVER_ERROR.into_response();
        }
    };
    response.errors = response.errors.into_iter().map(mask).collect();
    operation.answered(&response, arrived.elapsed());
    failed(&span, &response.errors);
    drop(span);
    respond(status(&response, media_type), media_type, &response)
}

/// A request that did not get to its resolvers is a client's error by its status too, where the media type allows it.
fn status(response: &Response, media_type: &str) -> StatusCode {
    if is_refused(response) && media_type == GRAPHQL_RESPONSE {
        StatusCode::BAD_REQUEST
    } else {
        StatusCode::OK
    }
}

fn respond(status: StatusCode, media_type: &'static str, response: &Response) -> axum::response::Response {
    let refused = status == StatusCode::BAD_REQUEST;
    let body = if refused {
        serde_json::to_vec(&serde_json::json!({ "errors": response.errors }))
    } else {
        serde_json::to_vec(response)
    };
    match body {
        Ok(body) => {
            let content_type = HeaderValue::from_static(match media_type {
                GRAPHQL_RESPONSE => "application/graphql-response+json; charset=utf-8",
                _ => "application/json; charset=utf-8",
            });
            (status, [(CONTENT_TYPE, content_type)], body).into_response()
        }
        Err(error) => {
            tracing::error!(%error, "a response cannot be written as JSON");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn is_json(content_type: Option<&HeaderValue>) -> bool {
    content_type
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|value| value.trim().eq_ignore_ascii_case(JSON))
}

/// The media type to answer with: the one named first of the two that we have; JSON where anything goes.
fn accepted(accept: Option<&HeaderValue>) -> Option<&'static str> {
    let Some(accept) = accept.and_then(|value| value.to_str().ok()) else {
        return Some(JSON);
    };
    accept.split(',').find_map(|range| {
        match range
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
            .as_str()
        {
            GRAPHQL_RESPONSE => Some(GRAPHQL_RESPONSE),
            JSON | "*/*" | "application/*" => Some(JSON),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_graphql::{Context, EmptyMutation, EmptySubscription, Object};
    use tokio::sync::Notify;

    use super::*;
    use crate::auth::KeySet;

    /// Begun, let go on, ended.
    #[derive(Clone, Default)]
    struct Steps(Arc<[Notify; 3]>);

    struct Query;

    #[Object]
    impl Query {
        async fn slow(&self, context: &Context<'_>) -> bool {
            let Steps(steps) = context.data_unchecked();
            steps[0].notify_one();
            steps[1].notified().await;
            steps[2].notify_one();
            true
        }
    }

    #[tokio::test]
    async fn request_goes_on_to_its_end_when_its_client_goes_away() {
        let steps = Steps::default();
        let keys = || KeySet::new(reqwest::Client::new(), "http://127.0.0.1:9".to_owned());
        let endpoint = Endpoint {
            service: ServiceName::Orders,
            schema: Schema::build(Query, EmptyMutation, EmptySubscription)
                .data(steps.clone())
                .finish(),
            authenticator: Authenticator::new(keys(), keys()),
        };
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static(JSON))]);
        let body = Bytes::from_static(br#"{"query": "{ slow }"}"#);
        tokio::select! {
            _answered = answer(State(endpoint), headers, body) => panic!("it was not let go on"),
            () = steps.0[0].notified() => {}
        }
        steps.0[1].notify_one();
        let ended = tokio::time::timeout(std::time::Duration::from_secs(30), steps.0[2].notified());
        assert!(ended.await.is_ok(), "it did not go on");
    }

    fn accept(text: &'static str) -> Option<&'static str> {
        accepted(Some(&HeaderValue::from_static(text)))
    }

    #[test]
    fn media_type_is_the_first_that_we_have() {
        assert_eq!(accepted(None), Some(JSON));
        assert_eq!(accept("*/*"), Some(JSON));
        assert_eq!(
            accept("application/graphql-response+json, application/json;q=0.9"),
            Some(GRAPHQL_RESPONSE)
        );
        assert_eq!(accept("text/html, application/json"), Some(JSON));
        assert_eq!(accept("text/html"), None);
    }

    #[test]
    fn content_type_is_json_with_any_parameters() {
        assert!(is_json(Some(&HeaderValue::from_static(
            "application/json; charset=utf-8"
        ))));
        assert!(!is_json(Some(&HeaderValue::from_static("text/plain"))));
        assert!(!is_json(None));
    }
}
