//! For tests against a real PostgreSQL: a fresh database a test, copied from a migrated template.
//!
//! `TEST_DATABASE_URL` is an administrator's URL of the server; `make test` sets it. A template is made once a server and
//! state of the migrations.

#![allow(clippy::expect_used)] // A test that cannot have its database fails.

use std::hash::{DefaultHasher, Hash, Hasher};

use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use secrecy::SecretString;
use uuid::Uuid;

use crate::ServiceName;
use crate::database::{self, MigrationSet, Pool};

/// Held while a template is made: tests begin at the same time.
const TEMPLATE_LOCK: i64 = 0x7465_6d70_6c61_7465;

/// A database of a test's own, gone soon after it is dropped.
pub struct TestDatabase {
    /// Connections to it.
    pub pool: Pool,
    /// Its URL.
    pub url: SecretString,
    name: String,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    found: bool,
}

impl TestDatabase {
    /// A database without any table, for tests of migrations.
    ///
    /// # Panics
    /// Where there is no server to make it on.
    pub async fn empty(service: ServiceName) -> Self {
        Self::copy_of(service, "template0").await
    }

    /// A fresh database of a service.
    ///
    /// # Panics
    /// Where there is no server to make it on.
    pub async fn new(service: ServiceName, migrations: fn() -> MigrationSet) -> Self {
        Self::copy_of(service, &template(service, migrations).await).await
    }

    async fn copy_of(service: ServiceName, template: &str) -> Self {
        let name = format!("test_{}_{}", service, Uuid::new_v4().simple());
        let mut administrator = administrator().await;
        run(
            &mut administrator,
            &format!("CREATE DATABASE {name} TEMPLATE {template}"),
        )
        .await;
        let url = url_of(&name);
        let pool = database::pool(&url, service.as_str(), 20).expect("a pool can be built");
        Self { pool, url, name }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // A thread and a runtime for this one statement, and nobody waits for it: the test's own runtime may be stopped in
        // the middle of a log-in, which the server would wait for in its turn.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime can be built").block_on(async {
                run(&mut administrator().await, &statement).await;
            });
        });
    }
}

async fn template(service: ServiceName, migrations: fn() -> MigrationSet) -> String {
    let mut hasher = DefaultHasher::new();
    for migration in migrations()
        .migrations()
        .expect("embedded migrations can be read")
    {
        let migration: Box<dyn Migration<Pg>> = migration;
        migration.name().to_string().hash(&mut hasher);
    }
    // Built into the test's binary: a changed migration is another binary.
    std::env::current_exe()
        .ok()
        .and_then(|path| path.metadata().ok()?.modified().ok())
        .hash(&mut hasher);
    let name = format!("template_{service}_{:016x}", hasher.finish());
    let mut administrator = administrator().await;
    run(
        &mut administrator,
        &format!("SELECT pg_advisory_lock({TEMPLATE_LOCK})"),
    )
    .await;
    let exists: Found =
        sql_query("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1 AND datistemplate) AS found")
            .bind::<diesel::sql_types::Text, _>(&name)
            .get_result(&mut administrator)
            .await
            .expect("the catalogue can be read");
    if !exists.found {
        run(&mut administrator, &format!("DROP DATABASE IF EXISTS {name}")).await;
        run(&mut administrator, &format!("CREATE DATABASE {name}")).await;
        database::migrate(&url_of(&name), migrations())
            .await
            .expect("the migrations run");
        run(
            &mut administrator,
            &format!("ALTER DATABASE {name} IS_TEMPLATE true"),
        )
        .await;
    }
    name
}

async fn administrator() -> AsyncPgConnection {
    AsyncPgConnection::establish(&administrator_url())
        .await
        .expect("TEST_DATABASE_URL lets us in")
}

fn administrator_url() -> String {
    std::env::var("TEST_DATABASE_URL")
        .expect("TEST_DATABASE_URL is the administrator's URL of a PostgreSQL server; `make test` sets it")
}

fn url_of(database: &str) -> SecretString {
    let url = administrator_url();
    let (base, query) = url
        .split_once('?')
        .map_or((url.as_str(), None), |(base, query)| (base, Some(query)));
    let server = base.rsplit_once('/').map_or(base, |(server, _)| server);
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    SecretString::from(format!("{server}/{database}{query}"))
}

async fn run(connection: &mut AsyncPgConnection, statement: &str) {
    sql_query(statement)
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
}
