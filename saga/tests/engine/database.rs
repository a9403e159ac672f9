//! A database a test, with the orchestrator's tables.

#![allow(dead_code)] // Shared by several test binaries, none of which needs all of it.

use diesel::{Connection, QueryableByName, sql_query};
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use diesel_migrations::MigrationHarness;
use uuid::Uuid;

/// A database of the test's own, with the orchestrator's tables.
pub struct Database {
    pub pool: Pool<AsyncPgConnection>,
    pub url: String,
    name: String,
}

impl Database {
    pub async fn new() -> Self {
        let name = format!("saga_test_{}", Uuid::new_v4().simple());
        let mut administrator = AsyncPgConnection::establish(&administrator_url()).await.unwrap();
        sql_query(format!("CREATE DATABASE {name}"))
            .execute(&mut administrator)
            .await
            .unwrap();
        let url = url_of(&name);
        tokio::task::spawn_blocking({
            let url = url.clone();
            move || {
                let mut connection =
                    <AsyncConnectionWrapper<AsyncPgConnection> as Connection>::establish(&url).unwrap();
                connection
                    .run_pending_migrations(saga::MIGRATIONS)
                    .map(drop)
                    .unwrap();
            }
        })
        .await
        .unwrap();
        let manager = AsyncDieselConnectionManager::<AsyncPgConnection>::new(url.as_str());
        Self {
            pool: Pool::builder(manager).max_size(10).build().unwrap(),
            url,
            name,
        }
    }

    pub async fn sql(&self, statement: &str) {
        sql_query(statement)
            .execute(&mut self.pool.get().await.unwrap())
            .await
            .unwrap();
    }

    pub async fn count(&self, query: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = diesel::sql_types::BigInt)]
            count: i64,
        }
        let count: Count = sql_query(query)
            .get_result(&mut self.pool.get().await.unwrap())
            .await
            .unwrap();
        count.count
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        // Nobody waits for it: the test's own runtime may be stopped in the middle of a log-in, which the server would wait for.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let mut administrator = AsyncPgConnection::establish(&administrator_url()).await.unwrap();
                sql_query(statement).execute(&mut administrator).await.unwrap();
            });
        });
    }
}

fn administrator_url() -> String {
    std::env::var("TEST_DATABASE_URL").expect("TEST_DATABASE_URL is set by `make test`")
}

fn url_of(database: &str) -> String {
    let url = administrator_url();
    let (server, _) = url.split('?').next().unwrap().rsplit_once('/').unwrap();
    format!("{server}/{database}")
}
