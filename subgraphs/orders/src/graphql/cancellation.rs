//! Cancellations of departures as operators see them.

use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use service::graphql::MoneyObject;

use super::context::Booking;
use super::stubs::Departure;
use crate::model::{self, CancellationStatus};

/// The undoing of a departure, and of every order on it.
pub struct Cancellation(pub model::Cancellation);

/// The undoing of a departure, and of every order on it.
#[Object]
impl Cancellation {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// The departure.
    async fn departure(&self) -> Option<Departure> {
        Some(Departure {
            id: self.0.departure_id,
        })
    }

    /// Why.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// How it is getting on.
    async fn status(&self) -> CancellationStatus {
        self.0.status
    }

    /// Orders that were alive on the departure, as far as they are found.
    async fn orders_total(&self) -> i32 {
        self.0.orders_total
    }

    /// Those of them of which nothing is left.
    async fn orders_cancelled(&self) -> i32 {
        self.0.orders_cancelled
    }

    /// What customers got back so far, an amount a currency.
    async fn refunded(&self, context: &Context<'_>) -> Result<Vec<MoneyObject>> {
        let connection = context.data::<Booking>()?.pool.get().await?;
        let refunded = model::Cancellation::refunded(&connection, self.0.id).await?;
        Ok(refunded.into_iter().map(MoneyObject::from).collect())
    }

    /// When it was asked for.
    async fn started_at(&self) -> DateTime<Utc> {
        self.0.started_at
    }

    /// When nothing was left.
    async fn finished_at(&self) -> Option<DateTime<Utc>> {
        self.0.finished_at
    }
}
