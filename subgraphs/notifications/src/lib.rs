//! The notifications service: e-mails as rows, and the live feed with all subscriptions of the graph.
//!
//! It is told of everything by the events of the other services, and asks none of them.

mod application;
pub mod audit;
pub mod config;
pub mod events;
pub mod feed;
pub mod graphql;
pub mod mail;
pub mod model;
mod schema;
pub mod transport;

pub use application::application;
pub use graphql::sdl;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use service::database::MigrationSet;

/// What the service's database has.
#[must_use]
pub fn migrations() -> MigrationSet {
    const OWN: EmbeddedMigrations = embed_migrations!("../../migrations/notifications");
    MigrationSet::new([OWN])
}
