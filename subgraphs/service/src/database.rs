//! A service's own database: its pool, and its migrations.

mod migrations;
mod pool;
mod queries;
mod retry;
mod spans;
mod statement;

pub use diesel_async::pooled_connection::deadpool::{BuildError, PoolError};
pub use migrations::{MigrationError, MigrationSet, migrate, pending, revert};
pub use pool::{Connection, Pool, pool};
pub use retry::{Attempts, is_conflict};
pub use statement::Statement;
