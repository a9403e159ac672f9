//! Departures: an excursion at a given time.
//!
//! Invariant: every change is made under a lock on the departure's row and goes through [`write()`], which raises the revision
//! by one and tells of it in one event of the same transaction.

mod announce;
mod cancellation;
mod list;
mod schedule;
mod status;
mod update;
mod write;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::id::{DepartureId, ExcursionId};
use service::money::{Currency, Money};

use super::rejection::Rejection;
use crate::schema::departures;

pub use cancellation::{close, finish_cancellation};
pub use list::DepartureFilter;
pub use schedule::{NewDeparture, ScheduleError};
pub use status::{DepartureStatus, StatusChange};
pub use update::{DepartureChange, UpdateRefused};
pub use write::write;

/// The most seats that a departure may have.
pub const MAX_CAPACITY: i32 = 10_000;
/// The highest price, in minor units: keeps the total of any order within 64 bits.
pub const MAX_PRICE_MINOR: i64 = 1_000_000_000_000;

/// A departure.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = departures, check_for_backend(diesel::pg::Pg))]
pub struct Departure {
    /// Which.
    pub id: DepartureId,
    /// Of which excursion.
    pub excursion_id: ExcursionId,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When sales close, at the latest.
    pub sales_close_at: DateTime<Utc>,
    /// What a seat costs, in minor units of the currency.
    pub price_minor: i64,
    /// The price's currency.
    pub currency: Currency,
    /// How many seats there are.
    pub capacity: i32,
    /// How many of them are reserved.
    pub seats_taken: i32,
    /// Whether it is on sale.
    pub status: DepartureStatus,
    /// How often it was changed; grows by one with each change.
    pub revision: i64,
}

impl Departure {
    /// What a seat costs.
    #[must_use]
    pub fn price(&self) -> Money {
        Money {
            minor: self.price_minor,
            currency: self.currency,
        }
    }

    /// How many seats are left.
    #[must_use]
    pub fn seats_available(&self) -> i32 {
        self.capacity - self.seats_taken
    }

    /// Makes sure that seats are on sale now.
    ///
    /// # Errors
    /// Why they are not.
    pub fn on_sale(&self, now: DateTime<Utc>) -> Result<(), Rejection> {
        match self.status {
            DepartureStatus::Cancelling | DepartureStatus::Cancelled => Err(Rejection::DepartureCancelled),
            DepartureStatus::Closed => Err(Rejection::SalesClosed),
            DepartureStatus::Open if now >= self.sales_close_at => Err(Rejection::SalesClosed),
            DepartureStatus::Open => Ok(()),
        }
    }

    /// Those of the ids that exist, in no order.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(mut connection: &AsyncPgConnection, ids: &[DepartureId]) -> QueryResult<Vec<Self>> {
        departures::table
            .filter(departures::id.eq_any(ids))
            .select(Self::as_select())
            .load(&mut connection)
            .await
    }

    /// Those of the ids that exist, locked until the transaction ends: nobody else changes them or their reservations.
    ///
    /// # Errors
    /// The database's.
    pub async fn lock(mut connection: &AsyncPgConnection, ids: &[DepartureId]) -> QueryResult<Vec<Self>> {
        departures::table
            .filter(departures::id.eq_any(ids))
            .select(Self::as_select())
            // One order for everybody: two batches never wait for each other.
            .order(departures::id)
            .for_no_key_update()
            .load(&mut connection)
            .await
    }
}

#[cfg(test)]
pub mod testing {
    //! Departures for tests of decisions.

    use chrono::TimeDelta;

    use super::*;

    /// A departure on sale, tomorrow.
    pub fn departure(capacity: i32) -> Departure {
        let starts_at = Utc::now() + TimeDelta::days(1);
        Departure {
            id: DepartureId::new(),
            excursion_id: ExcursionId::new(),
            starts_at,
            sales_close_at: starts_at,
            price_minor: 1_000,
            currency: "EUR".parse().unwrap(),
            capacity,
            seats_taken: 0,
            status: DepartureStatus::Open,
            revision: 1,
        }
    }
}
