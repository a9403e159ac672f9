//! A service's own database: its pool, and its migrations.

mod migrations;
mod queries;
mod retry;
mod spans;
mod statement;

use std::time::Duration;

use deadpool_runtime::Runtime;
use diesel_async::pooled_connection::deadpool::{BuildError, Hook, HookError, Object};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use secrecy::{ExposeSecret, SecretString};

use queries::Queries;

pub use diesel_async::pooled_connection::deadpool::PoolError;
pub use migrations::{MigrationError, MigrationSet, migrate, pending, revert};
pub use retry::{Attempts, is_conflict};
pub use statement::Statement;

/// Connections to one database.
pub type Pool = diesel_async::pooled_connection::deadpool::Pool<AsyncPgConnection>;
/// A connection of a pool.
pub type Connection = Object<AsyncPgConnection>;

const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(5);
/// A statement that runs longer is a bug, and would hold its locks. The server's default cost of a random page is that of
/// a spinning disk, where reading a table from end to end seems cheaper than an index that leads to some rows.
const SESSION_SETTINGS: &str = "SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'; \
     SET random_page_cost = 1.1";

/// Opens a pool; connections are made when they are needed.
///
/// # Errors
/// Only where the builder is misused.
pub fn pool(url: &SecretString, name: &str, size: usize) -> Result<Pool, BuildError> {
    let mut config = ManagerConfig::<AsyncPgConnection>::default();
    // A broken connection is found by its next statement; a probe before each use would double the round trips.
    config.recycling_method = RecyclingMethod::Fast;
    let manager = AsyncDieselConnectionManager::new_with_config(url.expose_secret(), config);
    let queries = Queries::of(name, url.expose_secret());
    let settings = format!("SET application_name = 'excursions-{name}'; {SESSION_SETTINGS}");
    Pool::builder(manager)
        .max_size(size)
        .runtime(Runtime::Tokio1)
        .wait_timeout(Some(WAIT_FOR_CONNECTION))
        .create_timeout(Some(WAIT_FOR_CONNECTION))
        .post_create(Hook::async_fn(move |connection: &mut AsyncPgConnection, _| {
            let (settings, queries) = (settings.clone(), queries.clone());
            Box::pin(async move {
                connection
                    .batch_execute(&settings)
                    .await
                    .map_err(|error| HookError::message(format!("session settings: {error}")))?;
                queries.watch(connection);
                Ok(())
            })
        }))
        .build()
}
