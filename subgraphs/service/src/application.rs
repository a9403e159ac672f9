//! How a service is put together: a foundation that all share, its own routes, and what runs beside them.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use diesel_async::RunQueryDsl;
use futures::future::{BoxFuture, join_all};
use secrecy::SecretString;
use tokio::sync::OnceCell;
use tokio_util::sync::CancellationToken;

use crate::ServiceName;
use crate::auth::{Authenticator, KeySet};
use crate::config::{ServiceSettings, SettingError};
use crate::database::{self, BuildError, MigrationError, MigrationSet, Pool};
use crate::events::{self, BrokerError, OutboxHint, Relay, Topic, watch_outbox};
use crate::http::{ReadinessCheck, ServeError, serve, with_operations};

/// How often gauges are brought up to date that nothing else moves.
pub const GAUGES_EVERY: Duration = Duration::from_secs(5);

/// Why a service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting is missing or wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The pool cannot be built.
    #[error("the connection pool cannot be built")]
    Pool(#[from] BuildError),
    /// The database's migrations cannot be read.
    #[error("cannot tell whether the database is migrated")]
    Migrations(#[from] MigrationError),
    /// The broker's client cannot be made.
    #[error(transparent)]
    Broker(#[from] BrokerError),
    /// The HTTP client cannot be made.
    #[error("the HTTP client cannot be made")]
    Http(#[from] reqwest::Error),
    /// What only one service needs.
    #[error("{what}")]
    Own {
        /// What could not be done.
        what: &'static str,
        /// Why not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What every service stands on.
pub struct Foundation {
    /// What the service is told.
    pub settings: ServiceSettings,
    /// Its database.
    pub pool: Pool,
    /// Tells who calls.
    pub authenticator: Authenticator,
    /// For calls to other services.
    pub http: reqwest::Client,
    /// To be told after each commit that wrote events.
    pub outbox: OutboxHint,
    checks: Vec<ReadinessCheck>,
}

impl Foundation {
    /// Opens the pool and the clients. Nothing is connected yet: a service starts while its database is away, and is
    /// not ready until it is back.
    ///
    /// # Errors
    /// [`StartError`].
    pub fn lay(settings: ServiceSettings, migrations: fn() -> MigrationSet) -> Result<Self, StartError> {
        let pool = database::pool(
            &settings.database_url,
            settings.name.as_str(),
            settings.database_pool_size,
        )?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        let keys = |service| KeySet::new(http.clone(), settings.jwks_url_of(service));
        let authenticator = Authenticator::new(keys(ServiceName::Users), keys(ServiceName::Orders));
        let checks = vec![
            database_check(pool.clone()),
            migrations_check(settings.database_url.clone(), migrations),
            events::readiness(&settings.kafka_brokers)?,
        ];
        Ok(Self {
            settings,
            pool,
            authenticator,
            http,
            outbox: OutboxHint::default(),
            checks,
        })
    }

    /// The service with these routes.
    #[must_use]
    pub fn build(self, routes: Router) -> Application {
        let routes = with_operations(routes, self.settings.name, self.checks);
        Application {
            settings: self.settings,
            pool: self.pool,
            routes,
            outbox: self.outbox,
            background: Vec::new(),
        }
    }
}

fn database_check(pool: Pool) -> ReadinessCheck {
    ReadinessCheck::to_answer("database", move || {
        let pool = pool.clone();
        async move {
            let mut connection = pool.get().await.map_err(|error| error.to_string())?;
            let answer = diesel::sql_query("SELECT 1").execute(&mut connection).await;
            answer.map(drop).map_err(|error| error.to_string())
        }
    })
}

/// Once the migrations are seen to be complete they stay so for the life of the process.
fn migrations_check(url: SecretString, migrations: fn() -> MigrationSet) -> ReadinessCheck {
    let complete = Arc::new(OnceCell::new());
    ReadinessCheck::to_answer("migrations", move || {
        let (url, complete) = (url.clone(), Arc::clone(&complete));
        async move {
            let checked =
                complete.get_or_try_init(async || match database::pending(&url, migrations()).await {
                    Ok(pending) if pending.is_empty() => Ok(()),
                    Ok(pending) => Err(format!("{} pending: run `excursions migrate`", pending.len())),
                    Err(error) => Err(error.to_string()),
                });
            checked.await.copied()
        }
    })
}

/// A service, ready to run.
pub struct Application {
    settings: ServiceSettings,
    pool: Pool,
    routes: Router,
    outbox: OutboxHint,
    background: Vec<BoxFuture<'static, ()>>,
}

impl Application {
    /// Adds the relay that publishes the service's outbox, and the watch on what waits for it.
    #[must_use]
    pub fn publishing(self, topic: Topic, shutdown: CancellationToken) -> Self {
        let relay = Relay {
            database_url: self.settings.database_url.clone(),
            brokers: self.settings.kafka_brokers.clone(),
            topic,
            hint: self.outbox.clone(),
        };
        let watching = watch_outbox(self.pool.clone(), topic, shutdown.clone());
        self.beside(async move { relay.run(shutdown).await })
            .beside(watching)
    }

    /// Adds a task that runs beside the server until the shutdown token is cancelled. It must watch the token itself.
    #[must_use]
    pub fn beside(mut self, task: impl Future<Output = ()> + Send + 'static) -> Self {
        self.background.push(Box::pin(task));
        self
    }

    /// Serves until the token is cancelled; then finishes what is in flight.
    ///
    /// # Errors
    /// [`ServeError`].
    pub async fn run(self, shutdown: CancellationToken) -> Result<(), ServeError> {
        let watching: BoxFuture<'static, ()> = Box::pin(watch_pool(self.pool, shutdown.clone()));
        let background = self.background.into_iter().chain([watching]);
        let tasks: Vec<_> = background.map(tokio::spawn).collect();
        let served = serve(
            self.settings.name,
            self.settings.address,
            self.routes,
            shutdown.clone(),
        )
        .await;
        shutdown.cancel();
        for ended in join_all(tasks).await {
            if let Err(error) = ended {
                tracing::error!(service = %self.settings.name, %error, "a background task broke");
            }
        }
        served
    }
}

async fn watch_pool(pool: Pool, shutdown: CancellationToken) {
    let watching = async {
        loop {
            pool.report();
            tokio::time::sleep(GAUGES_EVERY).await;
        }
    };
    let _stopped: Option<()> = shutdown.run_until_cancelled(watching).await;
}
