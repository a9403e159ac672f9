//! What orders say that the other services should have on their books.

use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::audit::{Digest, bucket, mail_hash, money_hash, seats_hash};
use uuid::Uuid;

/// An order, as the invariants between services see it.
#[derive(Clone, Debug, QueryableByName)]
pub struct AuditedOrder {
    /// Its id.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// Its departure.
    #[diesel(sql_type = SqlUuid)]
    pub departure_id: Uuid,
    /// Its seats.
    #[diesel(sql_type = Integer)]
    pub seats: i32,
    /// A word of [`crate::model::OrderStatus`].
    #[diesel(sql_type = Text)]
    pub status: String,
    /// What it costs, once quoted.
    #[diesel(sql_type = Nullable<BigInt>)]
    pub total_minor: Option<i64>,
    /// Whether any of its sagas is live, or waits for a person.
    #[diesel(sql_type = Bool)]
    pub in_flight: bool,
    /// Whether a person gave it up in the middle.
    #[diesel(sql_type = Bool)]
    pub abandoned: bool,
}

/// The orders of these buckets.
///
/// # Errors
/// The database's.
pub async fn orders(connection: &mut AsyncPgConnection, buckets: &[i32]) -> QueryResult<Vec<AuditedOrder>> {
    let bucket = bucket("o.id");
    sql_query(format!(
        "SELECT o.id, o.departure_id, o.seats, o.status, o.total_minor,
                EXISTS (SELECT FROM sagas s WHERE s.subject = o.id AND s.ended_at IS NULL) AS in_flight,
                o.id IN (SELECT id FROM abandoned_orders) AS abandoned
         FROM orders o WHERE {bucket} = ANY ($1)"
    ))
    .bind::<Array<Integer>, _>(buckets)
    .load(connection)
    .await
}

/// What the other services should have on their books, in digests; and which buckets must be looked at all the same.
#[derive(Clone, Debug, Default)]
pub struct Expected {
    /// How many orders there are.
    pub orders: i64,
    /// Of billing.
    pub money: Vec<Digest>,
    /// Of excursions.
    pub seats: Vec<Digest>,
    /// Of notifications.
    pub mails: Vec<Digest>,
    /// Buckets with orders that a person gave up.
    pub abandoned: Vec<i32>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Integer)]
    bucket: i32,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = Nullable<Text>)]
    money: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    seats: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    mails: Option<String>,
    #[diesel(sql_type = Bool)]
    abandoned: bool,
}

/// What orders with their status say: CONFIRMED is charged and has its seats; CANCELLED and REJECTED got back what was
/// charged; each has its mails. Whoever is in flight has what it has, and shows as a difference.
///
/// # Errors
/// The database's.
pub async fn expected(connection: &mut AsyncPgConnection) -> QueryResult<Expected> {
    let query = format!(
        "SELECT {bucket} AS bucket, count(*) AS orders,
                sum(CASE WHEN status = 'CONFIRMED' THEN {paid}
                         WHEN status = 'CANCELLED' THEN {unpaid}
                         WHEN refunded_minor IS NOT NULL THEN {repaid} END)::text AS money,
                (sum({seats}) FILTER (WHERE status = 'CONFIRMED'))::text AS seats,
                (sum(CASE WHEN status IN ('CONFIRMED', 'CANCELLED') THEN {confirmed}
                          WHEN status = 'REJECTED' THEN {rejected} END)
                 + coalesce(sum({cancelled}) FILTER (WHERE status = 'CANCELLED'), 0))::text AS mails,
                bool_or(id IN (SELECT id FROM abandoned_orders)) AS abandoned
         FROM orders GROUP BY 1",
        bucket = bucket("id"),
        paid = money_hash("id", "total_minor", "0"),
        repaid = money_hash("id", "refunded_minor", "refunded_minor"),
        unpaid = money_hash("id", "total_minor", "total_minor"),
        seats = seats_hash("id", "departure_id", "seats"),
        confirmed = mail_hash("id", "'ORDER_CONFIRMED'::text"),
        rejected = mail_hash("id", "'ORDER_REJECTED'::text"),
        cancelled = mail_hash("id", "'ORDER_CANCELLED'::text"),
    );
    let rows: Vec<Row> = sql_query(query).load(connection).await?;
    let mut expected = Expected::default();
    for row in rows {
        let digest = |digest| Digest {
            bucket: row.bucket,
            digest,
        };
        expected.orders += row.orders;
        expected.money.extend(row.money.map(digest));
        expected.seats.extend(row.seats.map(digest));
        expected.mails.extend(row.mails.map(digest));
        expected.abandoned.extend(row.abandoned.then_some(row.bucket));
    }
    Ok(expected)
}
