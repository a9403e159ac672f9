//! Writing what a batch changed: one statement for each kind of change, the same for any number of rows, so that a
//! connection prepares it once.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Integer, Nullable, Text, Uuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::id::{DepartureId, OrderId};
use service::money::Currency;

use super::{Changes, Reservation, ReservationState, Seats};
use crate::model::departure;

/// Writes the changes of a batch. Fails with a unique violation where another batch has just made the reservation of one of
/// the orders, on another departure.
///
/// # Errors
/// The database's.
pub async fn write(connection: &mut AsyncPgConnection, mut changes: Changes) -> QueryResult<()> {
    if !changes.inserted.is_empty() {
        InsertReservations::new(&changes.inserted)
            .execute(connection)
            .await?;
    }
    if !changes.released.is_empty() {
        ReleaseReservations(changes.released).execute(connection).await?;
    }
    departure::write(connection, &mut changes.departures).await
}

#[derive(QueryId)]
struct InsertReservations {
    order_id: Vec<OrderId>,
    departure_id: Vec<DepartureId>,
    status: Vec<&'static str>,
    seats: Vec<Option<i32>>,
    unit_price_minor: Vec<Option<i64>>,
    currency: Vec<Option<Currency>>,
}

impl InsertReservations {
    fn new(reservations: &[Reservation]) -> Self {
        fn column<T>(reservations: &[Reservation], value: impl Fn(&Reservation) -> T) -> Vec<T> {
            reservations.iter().map(value).collect()
        }
        let seats = |reservation: &Reservation| parts(reservation.state).1;
        Self {
            order_id: column(reservations, |reservation| reservation.order_id),
            departure_id: column(reservations, |reservation| reservation.departure_id),
            status: column(reservations, |reservation| parts(reservation.state).0),
            seats: column(reservations, |reservation| Some(seats(reservation)?.count)),
            unit_price_minor: column(reservations, |reservation| {
                Some(seats(reservation)?.unit_price.minor)
            }),
            currency: column(reservations, |reservation| {
                Some(seats(reservation)?.unit_price.currency)
            }),
        }
    }
}

fn parts(state: ReservationState) -> (&'static str, Option<Seats>) {
    match state {
        ReservationState::Held(seats) => ("held", Some(seats)),
        ReservationState::Released(seats) => ("released", Some(seats)),
        ReservationState::Void => ("void", None),
    }
}

impl QueryFragment<Pg> for InsertReservations {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO reservations (order_id, departure_id, status, seats, unit_price_minor, currency, released_at) \
             SELECT *, CASE WHEN status <> 'held' THEN now() END FROM unnest(",
        );
        out.push_bind_param::<Array<Uuid>, _>(&self.order_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Uuid>, _>(&self.departure_id)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.status)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Integer>>, _>(&self.seats)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<BigInt>>, _>(&self.unit_price_minor)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.currency)?;
        out.push_sql(") AS new (order_id, departure_id, status, seats, unit_price_minor, currency)");
        Ok(())
    }
}

#[derive(QueryId)]
struct ReleaseReservations(Vec<OrderId>);

impl QueryFragment<Pg> for ReleaseReservations {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "UPDATE reservations SET status = 'released', released_at = now() WHERE order_id = ANY(",
        );
        out.push_bind_param::<Array<Uuid>, _>(&self.0)?;
        out.push_sql(")");
        Ok(())
    }
}
