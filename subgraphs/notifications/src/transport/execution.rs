//! Runs an operation for a caller, and says what clients may see of it.

use std::future::pending;
use std::time::Duration;

use async_graphql::{Request, Response, ServerError, Value};
use chrono::{DateTime, Utc};
use futures::stream::{self, Stream, StreamExt};
use service::ServiceName;
use service::auth::{Authenticator, Caller};
use service::graphql::{Operation, mask};

use crate::graphql::NotificationsSchema;

/// The caller of a token, with or without `Bearer` before it.
pub(super) async fn caller_of(authenticator: &Authenticator, token: Option<&str>) -> Caller {
    let header = token.map(str::trim).map(|token| {
        if token.contains(' ') {
            token.to_owned()
        } else {
            format!("Bearer {token}")
        }
    });
    authenticator.caller(header.as_deref()).await
}

/// Waits until the caller's token expires; for ever, where there is none.
pub(super) async fn expiry(caller: &Caller) {
    let expires_at = caller
        .user()
        .and_then(|user| DateTime::from_timestamp(user.expires_at, 0));
    match expires_at {
        Some(at) => tokio::time::sleep((at - Utc::now()).to_std().unwrap_or(Duration::ZERO)).await,
        None => pending().await,
    }
}

/// The responses to an operation, masked. One without data is the last: what an event could not tell must not be missed
/// silently, the client is to resume before it.
pub(super) fn responses(
    schema: &NotificationsSchema,
    mut request: Request,
    caller: Caller,
) -> impl Stream<Item = Response> + Send + use<> {
    let operation = Operation::of(ServiceName::Notifications, &mut request);
    operation.begins();
    let responses = schema.execute_stream(request.data(caller));
    stream::unfold(Some((responses, operation)), async |state| {
        let (mut responses, operation) = state?;
        let mut response = responses.next().await?;
        response.errors = response.errors.into_iter().map(mask).collect();
        operation.responded(&response);
        let rest = (response.data != Value::Null).then_some((responses, operation));
        Some((response, rest))
    })
}

/// Tells that the token is past its time.
pub(super) fn token_expired() -> Response {
    let mut error = ServerError::new("authentication is needed: the token has expired", None);
    let extensions = error.extensions.get_or_insert_default();
    extensions.set("code", "UNAUTHENTICATED");
    Response::from_errors(vec![error])
}
