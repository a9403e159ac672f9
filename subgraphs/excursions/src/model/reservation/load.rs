//! Loading what a batch is about.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::id::{DepartureId, OrderId};
use service::money::{Currency, Money};

use super::{Reservation, ReservationState, Seating, Seats};
use crate::model::departure::Departure;
use crate::schema::{clock_timestamp, reservations};

/// Locks the departures, then reads the reservations of the orders: nobody else changes either until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn load(
    connection: &AsyncPgConnection,
    departures: &[DepartureId],
    orders: &[OrderId],
) -> QueryResult<Seating> {
    let departures = Departure::lock(connection, departures).await?;
    // Only now: what is read sees what was committed by those who had the locks before, and sales close by the clock at
    // which the seats are taken.
    let (reservations, now) = tokio::try_join!(reservations_of(connection, orders), clock(connection))?;
    Ok(Seating::new(now, departures, reservations))
}

async fn clock(mut connection: &AsyncPgConnection) -> QueryResult<DateTime<Utc>> {
    diesel::select(clock_timestamp())
        .get_result(&mut connection)
        .await
}

type Row = (
    OrderId,
    DepartureId,
    String,
    Option<i32>,
    Option<i64>,
    Option<Currency>,
);

async fn reservations_of(
    mut connection: &AsyncPgConnection,
    orders: &[OrderId],
) -> QueryResult<Vec<Reservation>> {
    let rows: Vec<Row> = reservations::table
        .filter(reservations::order_id.eq_any(orders))
        .select((
            reservations::order_id,
            reservations::departure_id,
            reservations::status,
            reservations::seats,
            reservations::unit_price_minor,
            reservations::currency,
        ))
        .load(&mut connection)
        .await?;
    rows.into_iter().map(reservation).collect()
}

fn reservation(
    (order_id, departure_id, status, count, price_minor, currency): Row,
) -> QueryResult<Reservation> {
    let seats = count.zip(price_minor).zip(currency);
    let seats = seats.map(|((count, minor), currency)| Seats {
        count,
        unit_price: Money { minor, currency },
    });
    let state = match (status.as_str(), seats) {
        ("held", Some(seats)) => ReservationState::Held(seats),
        ("released", Some(seats)) => ReservationState::Released(seats),
        ("void", None) => ReservationState::Void,
        // The constraints of the table do not let it in.
        _ => {
            let message = format!("the reservation of order {order_id} is {status} with {seats:?}");
            return Err(diesel::result::Error::DeserializationError(message.into()));
        }
    };
    Ok(Reservation {
        order_id,
        departure_id,
        state,
    })
}
