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
use axum::http::header::{ALLOW, AUTHORIZATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;
use tower_http::limit::RequestBodyLimitLayer;
use tracing::Instrument;

use super::http::{MediaType, is_json, not_a_request};
use super::operation_span::{failed, operation_span};
use super::{Operation, mask};
use crate::ServiceName;
use crate::auth::Authenticator;

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
    if !is_json(&headers) {
        let text = "the content type of a GraphQL request is application/json\n";
        return (StatusCode::UNSUPPORTED_MEDIA_TYPE, text).into_response();
    }
    let Some(media_type) = MediaType::accepted(&headers) else {
        let text = "a GraphQL response is application/graphql-response+json or application/json\n";
        return (StatusCode::NOT_ACCEPTABLE, text).into_response();
    };
    let arrived = Instant::now();
    let mut request: Request = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(reason) => return media_type.refuse(&not_a_request(&reason)),
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
    media_type.respond(&response)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_graphql::{Context, EmptyMutation, EmptySubscription, Object};
    use axum::http::HeaderValue;
    use axum::http::header::CONTENT_TYPE;
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
        let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        let body = Bytes::from_static(br#"{"query": "{ slow }"}"#);
        tokio::select! {
            _answered = answer(State(endpoint), headers, body) => panic!("it was not let go on"),
            () = steps.0[0].notified() => {}
        }
        steps.0[1].notify_one();
        let ended = tokio::time::timeout(std::time::Duration::from_secs(30), steps.0[2].notified());
        assert!(ended.await.is_ok(), "it did not go on");
    }
}
