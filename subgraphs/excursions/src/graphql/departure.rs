//! `Departure`.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use service::graphql::{MoneyObject, Opaque, Page, TimeCursor};

use super::excursion::ExcursionObject;
use super::loader;
use crate::model::departure::{Departure, DepartureStatus};

/// A page of departures.
pub type DepartureConnection = Connection<Opaque<TimeCursor>, DepartureObject>;

/// The page of the departures loaded.
pub fn departure_connection(page: &Page<TimeCursor>, departures: Vec<Departure>) -> DepartureConnection {
    let cursor = |departure: &Departure| TimeCursor {
        at: departure.starts_at,
        id: departure.id.uuid(),
    };
    page.connection(departures, cursor, DepartureObject)
}

/// A departure as clients see it.
pub struct DepartureObject(pub Departure);

/// An excursion at a given time.
#[Object(name = "Departure")]
impl DepartureObject {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.uuid().into()
    }

    /// What departs.
    async fn excursion(&self, context: &Context<'_>) -> Result<ExcursionObject> {
        let excursion = loader::excursion(context, self.0.excursion_id).await?;
        // A departure always has one: the database sees to it.
        Ok(ExcursionObject(excursion.ok_or(diesel::result::Error::NotFound)?))
    }

    /// When it starts.
    async fn starts_at(&self) -> DateTime<Utc> {
        self.0.starts_at
    }

    /// When sales close, at the latest.
    async fn sales_close_at(&self) -> DateTime<Utc> {
        self.0.sales_close_at
    }

    /// What a seat costs.
    async fn price(&self) -> MoneyObject {
        self.0.price().into()
    }

    /// How many seats there are.
    async fn capacity(&self) -> i32 {
        self.0.capacity
    }

    /// How many of them are not reserved, whether or not they are on sale.
    async fn seats_available(&self) -> i32 {
        self.0.seats_available()
    }

    /// Whether it is on sale.
    async fn status(&self) -> DepartureStatus {
        self.0.status
    }
}
