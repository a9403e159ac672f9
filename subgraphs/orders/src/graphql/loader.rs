//! Batches look-ups of one request: one query a kind of thing, however many are asked for.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use saga::Journal;
use saga::journal::{JournalEntry, JournalError};
use service::database::{Pool, PoolError};
use service::id::OrderId;
use uuid::Uuid;

use crate::model::{Cancellation, CancellationId, Order, Ticket};

/// Loads by keys.
pub struct OrdersLoader {
    /// The database.
    pub pool: Pool,
    /// The journal in it.
    pub journal: Journal,
}

/// Why a look-up failed; shared by all who asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoadError {
    /// No connection.
    #[error("no connection to the database")]
    Pool(#[source] Arc<PoolError>),
    /// The database failed.
    #[error("rows cannot be loaded")]
    Database(#[source] Arc<diesel::result::Error>),
    /// The journal failed.
    #[error("journals cannot be loaded")]
    Journal(#[source] Arc<JournalError>),
}

impl From<PoolError> for LoadError {
    fn from(error: PoolError) -> Self {
        Self::Pool(Arc::new(error))
    }
}

impl From<diesel::result::Error> for LoadError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Database(Arc::new(error))
    }
}

impl Loader<OrderId> for OrdersLoader {
    type Value = Order;
    type Error = LoadError;

    async fn load(&self, ids: &[OrderId]) -> Result<HashMap<OrderId, Order>, LoadError> {
        let connection = self.pool.get().await?;
        let orders = Order::find_all(&connection, ids).await?;
        Ok(orders.into_iter().map(|order| (order.id, order)).collect())
    }
}

/// The tickets of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TicketsOf(pub OrderId);

impl Loader<TicketsOf> for OrdersLoader {
    type Value = Vec<Ticket>;
    type Error = LoadError;

    async fn load(&self, orders: &[TicketsOf]) -> Result<HashMap<TicketsOf, Vec<Ticket>>, LoadError> {
        let connection = self.pool.get().await?;
        let ids: Vec<OrderId> = orders.iter().map(|order| order.0).collect();
        let mut by_order: HashMap<TicketsOf, Vec<Ticket>> = HashMap::new();
        for ticket in Ticket::of_orders(&connection, &ids).await? {
            by_order
                .entry(TicketsOf(ticket.order_id))
                .or_default()
                .push(ticket);
        }
        Ok(by_order)
    }
}

/// What happened to an order: the journals of all its sagas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimelineOf(pub OrderId);

impl Loader<TimelineOf> for OrdersLoader {
    type Value = Vec<JournalEntry>;
    type Error = LoadError;

    async fn load(&self, orders: &[TimelineOf]) -> Result<HashMap<TimelineOf, Vec<JournalEntry>>, LoadError> {
        let ids: Vec<Uuid> = orders.iter().map(|order| order.0.uuid()).collect();
        let entries = self.journal.entries_about(&ids).await;
        let mut by_order: HashMap<TimelineOf, Vec<JournalEntry>> = HashMap::new();
        for entry in entries.map_err(|error| LoadError::Journal(Arc::new(error)))? {
            if let Some(order) = entry.subject {
                by_order.entry(TimelineOf(order.into())).or_default().push(entry);
            }
        }
        Ok(by_order)
    }
}

/// The journal of a saga.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct JournalOf(pub Uuid);

impl Loader<JournalOf> for OrdersLoader {
    type Value = Vec<JournalEntry>;
    type Error = LoadError;

    async fn load(&self, sagas: &[JournalOf]) -> Result<HashMap<JournalOf, Vec<JournalEntry>>, LoadError> {
        let ids: Vec<Uuid> = sagas.iter().map(|saga| saga.0).collect();
        let entries = self.journal.entries(&ids).await;
        let mut by_saga: HashMap<JournalOf, Vec<JournalEntry>> = HashMap::new();
        for entry in entries.map_err(|error| LoadError::Journal(Arc::new(error)))? {
            by_saga.entry(JournalOf(entry.saga_id)).or_default().push(entry);
        }
        Ok(by_saga)
    }
}

impl Loader<CancellationId> for OrdersLoader {
    type Value = Cancellation;
    type Error = LoadError;

    async fn load(&self, ids: &[CancellationId]) -> Result<HashMap<CancellationId, Cancellation>, LoadError> {
        let connection = self.pool.get().await?;
        let rows = Cancellation::find_all(&connection, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}
