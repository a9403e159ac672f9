//! The PostgreSQL that both sides share: databases made afresh, and what the server counts.

use std::time::Duration;

use diesel::sql_types::{Array, BigInt, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use secrecy::SecretString;
use service::database::{MigrationSet, Pool, migrate, pool};

use crate::{Error, cpu};

/// A server, by its administrator's URL.
pub struct Server(String);

/// A database of a measurement.
#[derive(Clone)]
pub struct Database {
    /// Its name.
    pub name: String,
    /// Its URL.
    pub url: SecretString,
}

/// What the server has counted so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Transactions that were committed in some databases.
    pub commits: i64,
    /// Bytes of write-ahead log, of the whole server.
    pub wal: i64,
    /// Processor time of the server and its clients.
    pub cpu: Duration,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

impl Server {
    /// The server at an administrator's URL.
    #[must_use]
    pub fn new(url: String) -> Self {
        Self(url)
    }

    /// A database by its name, whether or not it exists.
    #[must_use]
    pub fn database(&self, name: &str) -> Database {
        let server = self
            .0
            .rsplit_once('/')
            .map_or(self.0.as_str(), |(server, _)| server);
        Database {
            name: name.to_owned(),
            url: SecretString::from(format!("{server}/{name}")),
        }
    }

    /// An empty database.
    ///
    /// # Errors
    /// The server's.
    pub async fn create(&self, name: &str) -> Result<Database, Error> {
        let mut connection = self.connect().await?;
        sql_query(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
            .execute(&mut connection)
            .await?;
        sql_query(format!("CREATE DATABASE {name}"))
            .execute(&mut connection)
            .await?;
        Ok(self.database(name))
    }

    /// A database with the tables of a service.
    ///
    /// # Errors
    /// The server's.
    pub async fn create_for(&self, name: &str, migrations: MigrationSet) -> Result<Database, Error> {
        let database = self.create(name).await?;
        migrate(&database.url, migrations).await?;
        Ok(database)
    }

    /// What was counted so far in databases. A connection reports what it did when it is closed, at the latest.
    ///
    /// # Errors
    /// The server's.
    pub async fn counts(&self, databases: &[Database]) -> Result<Counts, Error> {
        let mut connection = self.connect().await?;
        let names: Vec<&str> = databases.iter().map(|database| database.name.as_str()).collect();
        let commits: Count = sql_query(
            "SELECT coalesce(sum(xact_commit), 0)::bigint AS count FROM pg_stat_database WHERE datname = ANY ($1)",
        )
        .bind::<Array<Text>, _>(names)
        .get_result(&mut connection)
        .await?;
        let wal: Count = sql_query("SELECT (pg_current_wal_lsn() - '0/0')::bigint AS count")
            .get_result(&mut connection)
            .await?;
        let backend: Count = sql_query("SELECT pg_backend_pid()::bigint AS count")
            .get_result(&mut connection)
            .await?;
        Ok(Counts {
            commits: commits.count,
            wal: wal.count,
            cpu: cpu::used(u32::try_from(backend.count)?),
        })
    }

    /// Vacuums and analyses databases and writes what is dirty: the next measurement does not pay for the one before it,
    /// and plans for tables as large as they are, as a server does that has run for a minute.
    ///
    /// # Errors
    /// The server's.
    pub async fn settle(&self, databases: &[Database]) -> Result<(), Error> {
        for database in databases {
            database.run("VACUUM ANALYZE").await?;
        }
        sql_query("CHECKPOINT")
            .execute(&mut self.connect().await?)
            .await?;
        Ok(())
    }

    async fn connect(&self) -> Result<AsyncPgConnection, Error> {
        Ok(AsyncPgConnection::establish(&self.0).await?)
    }
}

impl Database {
    /// Connections to it.
    ///
    /// # Errors
    /// Where the pool cannot be built.
    pub fn pool(&self, size: usize) -> Result<Pool, Error> {
        Ok(pool(&self.url, &self.name, size)?)
    }

    /// Runs statements.
    ///
    /// # Errors
    /// The server's.
    pub async fn run(&self, statements: &str) -> Result<(), Error> {
        use diesel_async::SimpleAsyncConnection;
        use secrecy::ExposeSecret;
        let mut connection = AsyncPgConnection::establish(self.url.expose_secret()).await?;
        Ok(connection.batch_execute(statements).await?)
    }

    /// What a query of one number, named `count`, answers.
    ///
    /// # Errors
    /// The server's.
    pub async fn count(&self, query: &str) -> Result<i64, Error> {
        use secrecy::ExposeSecret;
        let mut connection = AsyncPgConnection::establish(self.url.expose_secret()).await?;
        let count: Count = sql_query(query).get_result(&mut connection).await?;
        Ok(count.count)
    }
}

impl std::ops::Sub for Counts {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            commits: self.commits - earlier.commits,
            wal: self.wal - earlier.wal,
            cpu: self.cpu - earlier.cpu,
        }
    }
}
