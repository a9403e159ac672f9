//! Runs migrations, never by a serving process: `excursions migrate` does, under an advisory lock.

use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::pg::Pg;
use diesel::{Connection as _, RunQueryDsl as _, sql_query};
use diesel_async::AsyncPgConnection;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use secrecy::{ExposeSecret, SecretString};

type SyncConnection = AsyncConnectionWrapper<AsyncPgConnection>;
type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// What every service's database has: outbox and inbox.
const COMMON: EmbeddedMigrations = embed_migrations!("../../migrations/service");

/// Any number that nothing else in the database locks.
const LOCK: i64 = 0x6578_6375_7273;

/// The migrations of one database, in the order of their versions.
pub struct MigrationSet(Vec<EmbeddedMigrations>);

impl MigrationSet {
    /// What every database has, and a service's own.
    pub fn new(own: impl IntoIterator<Item = EmbeddedMigrations>) -> Self {
        Self(std::iter::once(COMMON).chain(own).collect())
    }
}

impl MigrationSource<Pg> for MigrationSet {
    fn migrations(&self) -> diesel::migration::Result<Vec<Box<dyn Migration<Pg>>>> {
        let mut all = Vec::new();
        for source in &self.0 {
            all.extend(MigrationSource::<Pg>::migrations(source)?);
        }
        Ok(all)
    }
}

/// Why a database could not be migrated.
#[derive(Debug, thiserror::Error)]
pub enum MigrationError {
    /// The database does not let us in.
    #[error("cannot connect to the database")]
    Connect(#[source] diesel::ConnectionError),
    /// The lock against a second migration at the same time.
    #[error("cannot lock the database for migration")]
    Lock(#[source] diesel::result::Error),
    /// A migration failed; those before it stand.
    #[error("a migration failed")]
    Run(#[source] BoxError),
    /// The task was cancelled.
    #[error("the migration was cancelled")]
    Cancelled(#[source] tokio::task::JoinError),
}

/// Runs what is pending; the names of what ran.
///
/// # Errors
/// [`MigrationError`].
pub async fn migrate(url: &SecretString, set: MigrationSet) -> Result<Vec<String>, MigrationError> {
    on_locked_connection(url, move |connection| {
        let versions = connection.run_pending_migrations(set)?;
        Ok(versions.into_iter().map(|version| version.to_string()).collect())
    })
    .await
}

/// Takes everything back: the database is empty then.
///
/// # Errors
/// [`MigrationError`].
pub async fn revert(url: &SecretString, set: MigrationSet) -> Result<(), MigrationError> {
    on_locked_connection(url, move |connection| {
        connection.revert_all_migrations(set)?;
        Ok(())
    })
    .await
}

/// The migrations that have not run yet.
///
/// # Errors
/// [`MigrationError`].
pub async fn pending(url: &SecretString, set: MigrationSet) -> Result<Vec<String>, MigrationError> {
    on_locked_connection(url, move |connection| {
        let applied: Vec<MigrationVersion<'static>> = connection.applied_migrations()?;
        let all = set.migrations()?;
        let missing = all.iter().map(|migration| migration.name().version().as_owned());
        Ok(missing
            .filter(|version| !applied.contains(version))
            .map(|version| version.to_string())
            .collect())
    })
    .await
}

/// Diesel's migrations are synchronous, hence a thread of their own.
async fn on_locked_connection<T: Send + 'static>(
    url: &SecretString,
    work: impl FnOnce(&mut SyncConnection) -> Result<T, BoxError> + Send + 'static,
) -> Result<T, MigrationError> {
    let url = url.clone();
    tokio::task::spawn_blocking(move || {
        let mut connection =
            SyncConnection::establish(url.expose_secret()).map_err(MigrationError::Connect)?;
        // The lock goes with the connection.
        sql_query(format!("SELECT pg_advisory_lock({LOCK})"))
            .execute(&mut connection)
            .map_err(MigrationError::Lock)?;
        work(&mut connection).map_err(MigrationError::Run)
    })
    .await
    .map_err(MigrationError::Cancelled)?
}
