//! The upgrade of a request to a WebSocket. One subprotocol is spoken: `graphql-transport-ws`.

use axum::extract::rejection::QueryRejection;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Query, State};
use axum::http::header::{ALLOW, AUTHORIZATION, UPGRADE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::socket::Socket;
use super::{MAX_REQUEST_BYTES, Transport, sse};

/// Clients' messages are short. The library's own buffer, 128 KiB, would be most of what a subscriber costs.
const READ_BUFFER_BYTES: usize = 4 * 1024;
const SUBPROTOCOL: &str = "graphql-transport-ws";

type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

/// `GET /graphql`.
pub(super) async fn upgrade_only(
    State(transport): State<Transport>,
    headers: HeaderMap,
    request: Upgrade,
) -> Response {
    if headers.contains_key(UPGRADE) {
        upgrade(transport, &headers, request)
    } else {
        let text = "send a GraphQL request by POST, or upgrade to a WebSocket\n";
        (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, "POST")], text).into_response()
    }
}

/// `GET /subscriptions`.
pub(super) async fn upgrade_or_sse(
    State(transport): State<Transport>,
    parameters: Result<Query<sse::Parameters>, QueryRejection>,
    headers: HeaderMap,
    request: Upgrade,
) -> Response {
    if headers.contains_key(UPGRADE) {
        upgrade(transport, &headers, request)
    } else {
        sse::get(transport, parameters, &headers).await
    }
}

fn upgrade(transport: Transport, headers: &HeaderMap, request: Upgrade) -> Response {
    let request = match request {
        Ok(request) => request.protocols([SUBPROTOCOL]),
        Err(refused) => return refused.into_response(),
    };
    if request.selected_protocol().is_none() {
        // A client that wants another subprotocol could not tell by a close code either: it ends a handshake without one.
        let text =
            "offer the WebSocket subprotocol graphql-transport-ws; the legacy graphql-ws is not spoken\n";
        return (StatusCode::BAD_REQUEST, text).into_response();
    }
    let token = headers
        .get(AUTHORIZATION)
        .map(|value| value.to_str().unwrap_or_default().to_owned());
    request
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(MAX_REQUEST_BYTES)
        .max_frame_size(MAX_REQUEST_BYTES)
        .on_upgrade(move |socket| {
            let sockets = transport.sockets.clone();
            sockets.track_future(Socket::new(transport, socket).serve(token))
        })
}
