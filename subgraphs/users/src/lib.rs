//! Users: registration, log-in, sessions and roles. This service alone signs access tokens, and shows the public key that
//! the others check them with.
//!
//! Invariants: an e-mail address belongs to one user, whatever its case; passwords and refresh tokens are stored as hashes
//! only; a refresh token is good for one use; there is always an administrator, once there was one.

pub mod application;
pub mod config;
pub mod email;
mod events;
pub mod first_operator;
pub mod graphql;
mod housekeeping;
pub mod model;
pub mod password;
mod schema;
pub mod token;

use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use service::database::MigrationSet;

pub use application::application;
pub use graphql::sdl;
pub use model::promote;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/users");

/// What the database of this service is made of.
#[must_use]
pub fn migrations() -> MigrationSet {
    MigrationSet::new([MIGRATIONS])
}
