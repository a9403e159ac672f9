//! What every service needs, and nothing about any one of them: configuration, the database pool, token checks,
//! the GraphQL endpoint and its shared types, outbox, inbox and Kafka, telemetry, shutdown.
//!
//! The arrow goes one way: the services use this crate, it knows none of them beyond their names.

pub mod application;
pub mod audit;
pub mod auth;
pub mod config;
pub mod database;
mod error_chain;
pub mod events;
pub mod graphql;
pub mod http;
pub mod id;
pub mod money;
pub mod name;
pub mod telemetry;
#[cfg(feature = "testing")]
pub mod testing;

pub use error_chain::error_chain;
pub use name::ServiceName;
