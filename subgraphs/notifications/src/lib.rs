//! The notifications service: e-mails as rows, and the live feed with all subscriptions of the graph.
//!
//! It is told of everything by the events of the other services, and asks none of them.
//!
//! - [`graphql`]: what clients see: notifications, and the subscriptions
//! - [`transport`]: how subscriptions reach clients: WebSocket and Server-Sent Events
//! - [`feed`]: from what happened to those whom it concerns, with no gap and nothing twice
//! - [`events`]: what is consumed, what that brings about, and what is published
//! - [`mail`]: what mails say
//! - [`model`]: recipients, notifications, departures, feed entries: rows and SQL
//! - [`audit`]: whether each order has its mail once

mod application;
pub mod audit;
pub mod config;
pub mod events;
pub mod feed;
pub mod graphql;
pub mod mail;
mod meters;
pub mod model;
mod schema;
pub mod transport;

pub use application::{TOPICS, application};
pub use graphql::sdl;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use service::database::MigrationSet;

/// What the service's database has.
#[must_use]
pub fn migrations() -> MigrationSet {
    const OWN: EmbeddedMigrations = embed_migrations!("../../migrations/notifications");
    MigrationSet::new([OWN])
}
