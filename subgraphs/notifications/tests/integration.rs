//! Notifications on a real PostgreSQL, through its schema, and with real WebSocket and HTTP clients.

// A test that cannot go on fails.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod integration {
    mod audit;
    mod consumer;
    mod events;
    mod feed;
    mod harness;
    mod mailbox;
    mod migrations;
    mod retention;
    mod schema;
    mod server;
    mod sse;
    mod subscriptions;
    mod websocket;
    mod websocket_client;
}
