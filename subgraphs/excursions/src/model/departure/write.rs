//! Writing changed departures, many in one statement.

use chrono::{DateTime, Utc};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Integer, Text, Timestamptz, Uuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::id::DepartureId;
use service::money::Currency;

use super::announce::announce_update;
use super::{Departure, DepartureStatus};

/// Writes departures that the caller has locked and changed: raises the revision of each and tells of it.
///
/// # Errors
/// The database's.
pub async fn write(connection: &mut AsyncPgConnection, changed: &mut [Departure]) -> QueryResult<()> {
    if changed.is_empty() {
        return Ok(());
    }
    for departure in changed.iter_mut() {
        departure.revision += 1;
    }
    UpdateDepartures::new(changed).execute(connection).await?;
    announce_update(connection, changed).await
}

/// The same statement for any number of departures, so that a connection prepares it once.
#[derive(QueryId)]
struct UpdateDepartures {
    id: Vec<DepartureId>,
    sales_close_at: Vec<DateTime<Utc>>,
    price_minor: Vec<i64>,
    currency: Vec<Currency>,
    capacity: Vec<i32>,
    seats_taken: Vec<i32>,
    status: Vec<DepartureStatus>,
    revision: Vec<i64>,
}

impl UpdateDepartures {
    fn new(departures: &[Departure]) -> Self {
        fn column<T>(departures: &[Departure], value: impl Fn(&Departure) -> T) -> Vec<T> {
            departures.iter().map(value).collect()
        }
        Self {
            id: column(departures, |departure| departure.id),
            sales_close_at: column(departures, |departure| departure.sales_close_at),
            price_minor: column(departures, |departure| departure.price_minor),
            currency: column(departures, |departure| departure.currency),
            capacity: column(departures, |departure| departure.capacity),
            seats_taken: column(departures, |departure| departure.seats_taken),
            status: column(departures, |departure| departure.status),
            revision: column(departures, |departure| departure.revision),
        }
    }
}

impl QueryFragment<Pg> for UpdateDepartures {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "UPDATE departures SET sales_close_at = changed.sales_close_at, price_minor = changed.price_minor, \
             currency = changed.currency, capacity = changed.capacity, seats_taken = changed.seats_taken, \
             status = changed.status, revision = changed.revision FROM unnest(",
        );
        out.push_bind_param::<Array<Uuid>, _>(&self.id)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Timestamptz>, _>(&self.sales_close_at)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.price_minor)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.currency)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Integer>, _>(&self.capacity)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Integer>, _>(&self.seats_taken)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.status)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.revision)?;
        out.push_sql(
            ") AS changed (id, sales_close_at, price_minor, currency, capacity, seats_taken, status, revision) \
             WHERE departures.id = changed.id",
        );
        Ok(())
    }
}
