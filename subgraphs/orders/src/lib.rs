//! Orders and tickets: books seats and cancels orders and departures by sagas, which this service defines and drives.
//!
//! Invariants: one order per customer and idempotency key; an order CONFIRMED has tickets, one a seat; a saga is started
//! in the transaction that writes what it is about, so neither exists without the other.

pub mod acceptance;
pub mod application;
pub mod audit;
pub mod config;
pub mod departures;
mod events;
pub mod graphql;
pub mod model;
pub mod participants;
mod retention;
pub mod sagas;
mod schema;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use service::database::MigrationSet;

pub use application::application;
pub use graphql::sdl;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/orders");

/// What the database of this service is made of: its own tables and the orchestrator's.
#[must_use]
pub fn migrations() -> MigrationSet {
    MigrationSet::new([saga::MIGRATIONS, MIGRATIONS])
}
