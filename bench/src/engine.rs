//! The engine: the sagas of orders with their own steps, a real journal and a real worker, accepted as orders accepts
//! them.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::dataloader::{DataLoader, NoCache};
use async_graphql::runtime::{TokioSpawner, TokioTimer};
use diesel_async::AsyncConnection;
use orders::acceptance::Acceptance;
use orders::graphql::loader::OrdersLoader;
use orders::model::{
    CancellationId, CancellationOutcome, NewCancellation, NewOrder, Order, OrderStatus, WriteError,
};
use orders::sagas::{book_excursion, cancel_departure, cancel_order};
use saga::{Handle, Journal, Registry, SagaId, Worker, WorkerSettings};
use service::database::Pool;
use service::events::OutboxHint;
use service::id::{DepartureId, OrderId, UserId};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::Error;
use crate::catalogue;
use crate::participants::{
    Charge, CloseDeparture, FinishCancellation, Participants, QuoteSeats, Refund, Release, Reserve,
};
use crate::server::{Database, Server};

const CONNECTIONS: usize = 10;
/// Nobody waits so long.
const PATIENCE: Duration = Duration::from_secs(60);

/// The databases that the engine works on.
#[derive(Clone)]
pub struct Databases {
    /// Orders and the journal.
    pub orders: Database,
    /// Accounts.
    pub billing: Database,
    /// Departures.
    pub excursions: Database,
}

impl Databases {
    /// Makes and fills them.
    ///
    /// # Errors
    /// The server's.
    pub async fn create(server: &Server) -> Result<Self, Error> {
        let billing = server.create_for("bench_billing", billing::migrations()).await?;
        catalogue::open_accounts(&billing).await?;
        let excursions = server
            .create_for("bench_excursions", excursions::migrations())
            .await?;
        catalogue::schedule_departures(&excursions).await?;
        let orders = server.create_for("bench_orders", orders::migrations()).await?;
        Ok(Self {
            orders,
            billing,
            excursions,
        })
    }

    /// Those that [`Self::create`] made.
    #[must_use]
    pub fn existing(server: &Server) -> Self {
        Self {
            orders: server.database("bench_orders"),
            billing: server.database("bench_billing"),
            excursions: server.database("bench_excursions"),
        }
    }

    /// All three.
    #[must_use]
    pub fn all(&self) -> [Database; 3] {
        [self.orders.clone(), self.billing.clone(), self.excursions.clone()]
    }

    /// A new departure.
    ///
    /// # Errors
    /// The server's.
    pub async fn departure_of_its_own(&self, number: usize) -> Result<DepartureId, Error> {
        catalogue::schedule_another(&self.excursions, catalogue::DEPARTURES + number).await
    }

    /// What the services' own audits find: nothing, if every booking is whole.
    ///
    /// # Errors
    /// The server's, and what is wrong.
    pub async fn audit(&self) -> Result<(), Error> {
        let orders = orders::audit::audit(&mut *self.orders.pool(1)?.get().await?).await?;
        let billing = billing::audit::audit(&mut *self.billing.pool(1)?.get().await?).await?;
        let excursions = excursions::audit::audit(&mut *self.excursions.pool(1)?.get().await?).await?;
        let found = [orders, billing, excursions].concat();
        if found.is_empty() {
            Ok(())
        } else {
            Err(format!("the audit found {found:?}").into())
        }
    }
}

/// A running engine.
#[derive(Clone)]
pub struct Engine {
    pool: Pool,
    sagas: Handle,
    acceptance: Acceptance,
    orders: Arc<DataLoader<OrdersLoader, NoCache>>,
}

/// Its worker, to be stopped.
pub struct Running {
    worker: JoinHandle<()>,
    shutdown: CancellationToken,
}

impl Engine {
    /// Starts it.
    ///
    /// # Errors
    /// Where a pool cannot be built.
    pub fn start(databases: &Databases, settings: WorkerSettings) -> Result<(Self, Running), Error> {
        let participants = Arc::new(Participants {
            billing: databases.billing.pool(CONNECTIONS)?,
            excursions: databases.excursions.pool(CONNECTIONS)?,
        });
        let part = || Arc::clone(&participants);
        let booking = book_excursion::steps(
            QuoteSeats(part()),
            (Charge(part()), Refund(part())),
            (Reserve(part()), Release(part())),
        );
        let registry = Registry::default()
            .with(booking)
            .with(cancel_order::steps(Refund(part()), Release(part())))
            .with(cancel_departure::steps(
                CloseDeparture(part()),
                FinishCancellation(part()),
            ));
        Self::over(databases, registry, settings)
    }

    /// Starts one for other definitions.
    ///
    /// # Errors
    /// Where a pool cannot be built.
    pub fn over(
        databases: &Databases,
        registry: Registry,
        settings: WorkerSettings,
    ) -> Result<(Self, Running), Error> {
        let pool = databases.orders.pool(CONNECTIONS)?;
        let journal = Journal::new(pool.connections(), registry);
        let (worker, sagas) = Worker::new(journal.clone(), settings);
        let shutdown = CancellationToken::new();
        let worker = tokio::spawn(worker.run(shutdown.clone()));
        let loader = OrdersLoader {
            pool: pool.clone(),
            journal,
        };
        let loader = DataLoader::with_cache(loader, TokioSpawner::current(), TokioTimer::default(), NoCache);
        let acceptance =
            Acceptance::in_batches(pool.clone(), sagas.clone(), OutboxHint::default(), settings.batch);
        let engine = Self {
            pool,
            sagas,
            acceptance,
            orders: Arc::new(loader),
        };
        Ok((engine, Running { worker, shutdown }))
    }

    /// Its handle.
    #[must_use]
    pub fn sagas(&self) -> &Handle {
        &self.sagas
    }

    /// The pool of the orders database.
    #[must_use]
    pub fn pool(&self) -> &Pool {
        &self.pool
    }

    /// Books a seat, waits for the end and reads the order.
    ///
    /// # Errors
    /// Where it is not confirmed.
    pub async fn book(&self, customer: UserId, departure: DepartureId) -> Result<Order, Error> {
        let id = OrderId::new();
        let saga = SagaId(id.uuid());
        let end = self.sagas.end_of(saga);
        let order = NewOrder {
            id,
            customer_id: customer,
            departure_id: departure,
            seats: 1,
            idempotency_key: Uuid::now_v7(),
        };
        self.acceptance.place(order).await?;
        tokio::time::timeout(PATIENCE, end).await??;
        let order = self.orders.load_one(id).await?.ok_or("the order is not there")?;
        if order.status == OrderStatus::Confirmed {
            Ok(order)
        } else {
            Err(format!("the booking ended otherwise: {order:?}").into())
        }
    }

    /// Cancels a departure and waits until all its orders are undone.
    ///
    /// # Errors
    /// The database's, and where it takes too long.
    pub async fn cancel(&self, departure: DepartureId) -> Result<(), Error> {
        let request = NewCancellation {
            id: CancellationId::new(),
            departure_id: departure,
            requested_by: UserId::new(),
            idempotency_key: Uuid::now_v7(),
            reason: "storm".to_owned(),
        };
        let end = self.sagas.end_of(SagaId(request.id.uuid()));
        let started = self
            .pool
            .get()
            .await?
            .transaction(async |connection| {
                let CancellationOutcome::Begun = request.begin(connection).await? else {
                    return Err(WriteError::Database(diesel::result::Error::RollbackTransaction));
                };
                let saga = cancel_departure::saga(&request)?;
                Ok(self.sagas.start(connection, vec![saga]).await?)
            })
            .await?;
        self.sagas.drive(started);
        tokio::time::timeout(PATIENCE, end).await??;
        Ok(())
    }
}

impl Running {
    /// Stops the worker; its connections are closed.
    ///
    /// # Errors
    /// Where the worker broke.
    pub async fn stop(self) -> Result<(), Error> {
        self.shutdown.cancel();
        Ok(self.worker.await?)
    }
}
