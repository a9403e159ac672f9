//! Whether seats and reservations agree: invariant 3, and what the audit between services needs to know.

use diesel::QueryableByName;
use diesel::prelude::*;
use diesel::sql_types;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::audit::{Digest, Violation, bucket, seats_hash};
use service::id::{DepartureId, OrderId};

/// Seats taken on a departure = seats of its live reservations <= capacity.
const SEATS_AND_RESERVATIONS: u8 = 3;

#[derive(QueryableByName)]
struct Disagreement {
    #[diesel(sql_type = sql_types::Uuid)]
    id: DepartureId,
    #[diesel(sql_type = sql_types::Integer)]
    capacity: i32,
    #[diesel(sql_type = sql_types::Integer)]
    seats_taken: i32,
    #[diesel(sql_type = sql_types::BigInt)]
    seats_held: i64,
}

/// The departures whose seats do not add up.
///
/// # Errors
/// The database's.
pub async fn audit(connection: &mut AsyncPgConnection) -> QueryResult<Vec<Violation>> {
    let found: Vec<Disagreement> = diesel::sql_query(
        "SELECT departures.id, capacity, seats_taken, coalesce(held.seats, 0) AS seats_held \
         FROM departures LEFT JOIN ( \
             SELECT departure_id, sum(seats) AS seats FROM reservations WHERE status = 'held' GROUP BY departure_id \
         ) AS held ON held.departure_id = departures.id \
         WHERE seats_taken <> coalesce(held.seats, 0) OR seats_taken > capacity ORDER BY departures.id",
    )
    .load(connection)
    .await?;
    let violations = found.into_iter().map(|found| {
        let Disagreement { id, capacity, seats_taken, seats_held } = found;
        let message = format!(
            "departure {id}: {seats_taken} seats taken, {seats_held} held by reservations, capacity {capacity}"
        );
        Violation::new(SEATS_AND_RESERVATIONS, message)
    });
    Ok(violations.collect())
}

/// The reservation of an order, as the audit between services sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Reservation {
    /// Of which order.
    #[diesel(sql_type = sql_types::Uuid)]
    pub order_id: OrderId,
    /// On which departure.
    #[diesel(sql_type = sql_types::Uuid)]
    pub departure_id: DepartureId,
    /// How many seats it has or had; none where its release came first.
    #[diesel(sql_type = sql_types::Integer)]
    pub seats: i32,
    /// Whether the seats are taken now.
    #[diesel(sql_type = sql_types::Bool)]
    pub live: bool,
}

/// The reservations of these buckets' orders, by order.
///
/// # Errors
/// The database's.
pub async fn reservations(
    connection: &mut AsyncPgConnection,
    buckets: &[i32],
) -> QueryResult<Vec<Reservation>> {
    let bucket = bucket("order_id");
    diesel::sql_query(format!(
        "SELECT order_id, departure_id, coalesce(seats, 0) AS seats, status = 'held' AS live \
         FROM reservations WHERE {bucket} = ANY ($1) ORDER BY order_id"
    ))
    .bind::<sql_types::Array<sql_types::Integer>, _>(buckets)
    .load(connection)
    .await
}

/// The digest of the live ones, of all orders.
///
/// # Errors
/// The database's.
pub async fn digest(connection: &mut AsyncPgConnection) -> QueryResult<Vec<Digest>> {
    let (bucket, hash) = (
        bucket("order_id"),
        seats_hash("order_id", "departure_id", "seats"),
    );
    diesel::sql_query(format!(
        "SELECT {bucket} AS bucket, sum({hash})::text AS digest \
         FROM reservations WHERE status = 'held' GROUP BY 1"
    ))
    .load(connection)
    .await
}
