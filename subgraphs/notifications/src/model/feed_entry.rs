//! Entries of the live feed: written once, read in the order of their positions, deleted when they are old.
//!
//! Invariant, by a trigger: positions grow in the order of commits. Once an entry is seen, none with a lower position
//! will appear.

use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::deserialize::FromSqlRow;
use diesel::dsl::exists;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::sql_types::{self, Array, Jsonb, Nullable, Text, Timestamptz};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde_json::Value;
use service::id::{OrderId, UserId};
use uuid::Uuid;

use super::column;
use super::text_enum::stored_as_text;
use crate::feed::{Audience, Position};
use crate::schema::{feed_entries, feed_horizon, notifications};

/// The channel on which the database tells of new entries.
pub const CHANNEL: &str = "feed_entries";

/// What an entry is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub enum Kind {
    /// A notification was sent.
    Notification,
    /// An order's status changed.
    Order,
    /// A departure changed.
    Departure,
    /// A cancellation of a departure got on.
    Cancellation,
}

stored_as_text!(Kind {
    Notification => "NOTIFICATION",
    Order => "ORDER",
    Departure => "DEPARTURE",
    Cancellation => "CANCELLATION",
});

/// An entry to be written.
#[derive(Clone, Debug)]
pub struct NewEntry {
    /// What it is about.
    pub kind: Kind,
    /// Which notification, order, departure or cancellation.
    pub subject_id: Uuid,
    /// Whose, where it is not for everybody.
    pub user_id: Option<UserId>,
    /// What a subscriber is told, beyond the ids.
    pub payload: Value,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// The trace that it belongs to.
    pub traceparent: Option<String>,
}

/// An entry as subscribers get it.
#[derive(Clone, Debug, PartialEq, Queryable, Selectable)]
#[diesel(table_name = feed_entries, check_for_backend(diesel::pg::Pg))]
pub struct Entry {
    /// Where it stands in the feed.
    pub position: Position,
    /// What it is about.
    pub kind: Kind,
    /// Which notification, order, departure or cancellation.
    pub subject_id: Uuid,
    /// Whose, where it is not for everybody.
    pub user_id: Option<UserId>,
    /// What a subscriber is told, beyond the ids.
    pub payload: Value,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
    /// The trace that it belongs to.
    pub traceparent: Option<String>,
}

/// Writes entries, in their order. To be the last thing that a transaction does: from here to the commit, other writers
/// of the feed wait.
///
/// # Errors
/// The database's.
pub async fn write(connection: &mut AsyncPgConnection, entries: &[NewEntry]) -> QueryResult<()> {
    if entries.is_empty() {
        return Ok(());
    }
    // As arrays: with a parameter a value the statement takes half as long again.
    diesel::sql_query(
        "INSERT INTO feed_entries (kind, subject_id, user_id, payload, occurred_at, traceparent)
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6)",
    )
    .bind::<Array<Text>, _>(column(entries, |entry| entry.kind))
    .bind::<Array<sql_types::Uuid>, _>(column(entries, |entry| entry.subject_id))
    .bind::<Array<Nullable<sql_types::Uuid>>, _>(column(entries, |entry| entry.user_id))
    .bind::<Array<Jsonb>, _>(column(entries, |entry| &entry.payload))
    .bind::<Array<Timestamptz>, _>(column(entries, |entry| entry.occurred_at))
    .bind::<Array<Nullable<Text>>, _>(column(entries, |entry| entry.traceparent.as_deref()))
    .execute(connection)
    .await?;
    Ok(())
}

/// The next entries after a position.
///
/// # Errors
/// The database's.
pub async fn after(
    connection: &mut AsyncPgConnection,
    position: Position,
    limit: i64,
) -> QueryResult<Vec<Entry>> {
    feed_entries::table
        .filter(feed_entries::position.gt(position))
        .order(feed_entries::position)
        .limit(limit)
        .select(Entry::as_select())
        .load(connection)
        .await
}

/// The next entries for an audience after one position, up to and with another.
///
/// # Errors
/// The database's.
pub async fn between(
    connection: &mut AsyncPgConnection,
    audience: Audience,
    after: Position,
    up_to: Position,
    limit: i64,
) -> QueryResult<Vec<Entry>> {
    let entries = feed_entries::table
        .filter(feed_entries::position.gt(after))
        .filter(feed_entries::position.le(up_to))
        .order(feed_entries::position)
        .limit(limit)
        .select(Entry::as_select())
        .into_boxed();
    let entries = match audience {
        Audience::Mailbox(user) => of_user(entries, Kind::Notification, user),
        Audience::OrdersOf(user) => of_user(entries, Kind::Order, user),
        Audience::Order(order) => of_subject(entries, order.uuid()),
        Audience::Departure(departure) => of_subject(entries, departure.uuid()),
        Audience::Cancellation(cancellation) => of_subject(entries, cancellation.uuid()),
    };
    entries.load(connection).await
}

type Entries<'a> = diesel::dsl::IntoBoxed<
    'a,
    diesel::dsl::Select<feed_entries::table, diesel::dsl::AsSelect<Entry, diesel::pg::Pg>>,
    diesel::pg::Pg,
>;

fn of_user(entries: Entries<'_>, kind: Kind, user: UserId) -> Entries<'_> {
    entries
        .filter(feed_entries::user_id.eq(user))
        .filter(feed_entries::kind.eq(kind))
}

/// Ids are unique across kinds.
fn of_subject(entries: Entries<'_>, id: Uuid) -> Entries<'_> {
    entries.filter(feed_entries::subject_id.eq(id))
}

/// The position of the newest entry, if any is left.
///
/// # Errors
/// The database's.
pub async fn newest(connection: &mut AsyncPgConnection) -> QueryResult<Position> {
    let newest: Option<Position> = feed_entries::table
        .select(diesel::dsl::max(feed_entries::position))
        .get_result(connection)
        .await?;
    // Read after the entries: what is deleted in between is found here.
    let horizon = horizon(connection).await?;
    Ok(newest.map_or(horizon, |newest| newest.max(horizon)))
}

/// The last position that was deleted.
///
/// # Errors
/// The database's.
pub async fn horizon(connection: &mut AsyncPgConnection) -> QueryResult<Position> {
    feed_horizon::table
        .select(feed_horizon::position)
        .get_result(connection)
        .await
}

/// More positions than could have been drawn in what a restore undid.
const GAP: i64 = 1_000_000_000;

/// Leaves a gap behind all positions, and begins behind it. After a restore: positions are drawn anew that clients know
/// from what is undone, and a cursor must not stand for two things. Those that clients hold are expired.
///
/// # Errors
/// The database's.
pub async fn leave_gap(connection: &mut AsyncPgConnection) -> QueryResult<()> {
    const LEAVE: &str = "UPDATE feed_horizon SET position =
        setval(pg_get_serial_sequence('feed_entries', 'position'),
               nextval(pg_get_serial_sequence('feed_entries', 'position')) + $1)";
    diesel::sql_query(LEAVE)
        .bind::<sql_types::BigInt, _>(GAP)
        .execute(connection)
        .await
        .map(drop)
}

/// Deletes at most `limit` of the oldest entries, those older than an age; answers how many.
///
/// # Errors
/// The database's.
pub async fn forget(connection: &mut AsyncPgConnection, age: Duration, limit: i64) -> QueryResult<usize> {
    // The oldest rows first, then their age: the other way round the whole table would be read when none is old enough.
    diesel::sql_query(
        "WITH oldest AS (
            SELECT position, written_at FROM feed_entries ORDER BY position LIMIT $2 FOR UPDATE SKIP LOCKED
        ), gone AS (
            DELETE FROM feed_entries USING oldest
            WHERE feed_entries.position = oldest.position AND oldest.written_at < now() - $1 * interval '1 second'
            RETURNING feed_entries.position
        ), horizon AS (
            UPDATE feed_horizon SET position = greatest(position, (SELECT max(position) FROM gone))
            WHERE EXISTS (SELECT FROM gone)
        )
        SELECT FROM gone",
    )
    .bind::<sql_types::Double, _>(age.as_secs_f64())
    .bind::<sql_types::BigInt, _>(limit)
    .execute(connection)
    .await
}

/// Whether an order is known to be a user's: it has a mail, or it is still in the feed.
///
/// # Errors
/// The database's.
pub async fn order_is_of(
    connection: &mut AsyncPgConnection,
    order: OrderId,
    user: UserId,
) -> QueryResult<bool> {
    let mails = notifications::table
        .filter(notifications::order_id.eq(order))
        .filter(notifications::user_id.eq(user));
    let entries = feed_entries::table
        .filter(feed_entries::subject_id.eq(order.uuid()))
        .filter(feed_entries::user_id.eq(user));
    diesel::select(exists(mails).or(exists(entries)))
        .get_result(connection)
        .await
}
