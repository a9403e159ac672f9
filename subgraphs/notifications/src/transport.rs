//! How subscriptions reach clients: GraphQL over WebSocket (`graphql-transport-ws`) on `/graphql` and `/subscriptions`,
//! and GraphQL over Server-Sent Events (distinct connections) on `/subscriptions`.
//!
//! The library's own WebSocket endpoint does not keep to the protocol's close codes, hence this one: the protocol is a
//! pure state machine (`session`), and `socket` moves its frames.

mod closing;
mod execution;
mod message;
mod session;
mod socket;
mod sse;
mod websocket;

use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::get;
use service::auth::Authenticator;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::graphql::NotificationsSchema;

/// Subscriptions are short documents.
const MAX_REQUEST_BYTES: usize = 256 * 1024;
const WAIT_FOR_SOCKETS: Duration = Duration::from_secs(5);

/// What a WebSocket may do.
#[derive(Clone, Copy, Debug)]
pub struct SocketLimits {
    /// How long a client may take to initialise the connection.
    pub init_timeout: Duration,
    /// How often a client is pinged.
    pub ping_interval: Duration,
    /// How long a client may be silent, pings unanswered.
    pub silence: Duration,
    /// How long a client may take to receive one message.
    pub send_timeout: Duration,
    /// How many operations may run at once.
    pub operations: usize,
}

impl Default for SocketLimits {
    fn default() -> Self {
        Self {
            init_timeout: Duration::from_secs(10),
            ping_interval: Duration::from_secs(20),
            silence: Duration::from_secs(60),
            send_timeout: Duration::from_secs(10),
            operations: 100,
        }
    }
}

/// What the transports work with.
#[derive(Clone)]
pub struct Transport {
    schema: NotificationsSchema,
    authenticator: Authenticator,
    limits: SocketLimits,
    shutdown: CancellationToken,
    sockets: TaskTracker,
}

impl Transport {
    /// Transports that end all streams when the token is cancelled.
    #[must_use]
    pub fn new(
        schema: NotificationsSchema,
        authenticator: Authenticator,
        limits: SocketLimits,
        shutdown: CancellationToken,
    ) -> Self {
        Self {
            schema,
            authenticator,
            limits,
            shutdown,
            sockets: TaskTracker::new(),
        }
    }

    /// The routes. `POST /graphql` is not among them, and may be merged with them.
    pub fn routes(&self) -> Router {
        Router::new()
            .route("/graphql", get(websocket::upgrade_only))
            .route("/subscriptions", get(websocket::upgrade_or_sse).post(sse::post))
            .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
            .with_state(self.clone())
    }

    /// Waits for the shutdown, and then, for a while, until the open sockets are closed. The server does not: a socket is
    /// no request any more.
    pub async fn close(self) {
        self.shutdown.cancelled().await;
        self.sockets.close();
        let _closed_in_time = tokio::time::timeout(WAIT_FOR_SOCKETS, self.sockets.wait()).await;
    }
}
