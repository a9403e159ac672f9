//! The pool of connections to a service's database, and what it shows of itself: how many connections there are, and how
//! long they are waited for.

use std::time::{Duration, Instant};

use deadpool_runtime::Runtime;
use diesel_async::pooled_connection::deadpool::{BuildError, Hook, HookError, Object, PoolError};
use diesel_async::pooled_connection::{
    AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool,
};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use secrecy::{ExposeSecret, SecretString};

use super::queries::Queries;

/// A connection of a pool.
pub type Connection = Object<AsyncPgConnection>;

const WAIT_FOR_CONNECTION: Duration = Duration::from_secs(5);
/// A statement that runs longer is a bug, and would hold its locks. The server's default cost of a random page is that of
/// a spinning disk, where reading a table from end to end seems cheaper than an index that leads to some rows.
const SESSION_SETTINGS: &str = "SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'; \
     SET random_page_cost = 1.1";

/// Connections to one database.
#[derive(Clone)]
pub struct Pool {
    connections: deadpool::Pool<AsyncPgConnection>,
    wait: Histogram,
    timeouts: Counter,
    /// How many there may be, are, are idle, and how many are waited for.
    gauges: [Gauge; 4],
}

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
    let connections = deadpool::Pool::builder(manager)
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
        .build()?;
    let service = || name.to_owned();
    Ok(Pool {
        connections,
        wait: histogram!("db_pool_wait_seconds", "service" => service()),
        timeouts: counter!("db_pool_timeouts_total", "service" => service()),
        gauges: [
            gauge!("db_pool_connections_max", "service" => service()),
            gauge!("db_pool_connections", "service" => service()),
            gauge!("db_pool_connections_idle", "service" => service()),
            gauge!("db_pool_waiting", "service" => service()),
        ],
    })
}

impl Pool {
    /// A connection, as soon as there is one to be had.
    ///
    /// # Errors
    /// Where there is none in time, or the database cannot be reached.
    pub async fn get(&self) -> Result<Connection, PoolError> {
        let began = Instant::now();
        let connection = self.connections.get().await;
        self.wait.record(began.elapsed().as_secs_f64());
        if let Err(PoolError::Timeout(_)) = connection {
            self.timeouts.increment(1);
        }
        connection
    }

    /// The connections without the measurements, for who measures alone.
    #[must_use]
    pub fn connections(&self) -> deadpool::Pool<AsyncPgConnection> {
        self.connections.clone()
    }

    /// Shows how it stands now.
    pub(crate) fn report(&self) {
        let status = self.connections.status();
        let counts = [status.max_size, status.size, status.available, status.waiting];
        for (gauge, count) in self.gauges.iter().zip(counts) {
            gauge.set(count as f64);
        }
    }
}
