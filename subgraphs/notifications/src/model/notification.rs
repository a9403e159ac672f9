//! E-mails: a row is one that was sent.
//!
//! Invariant, by constraints: one welcome a user, one mail an order and kind.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use diesel::prelude::*;
use diesel::sql_types::{self, Array, BigInt, Nullable, Text, Timestamptz};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde::{Deserialize, Serialize};
use service::id::{OrderId, UserId};
use uuid::Uuid;

use super::column;
use super::text_enum::stored_as_text;
use crate::schema::notifications;

service::typed_id! {
    /// A notification.
    NotificationId
}

/// What a notification tells.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    async_graphql::Enum,
    Serialize,
    Deserialize,
    AsExpression,
    FromSqlRow,
)]
#[graphql(name = "NotificationKind")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[diesel(sql_type = Text)]
pub enum Kind {
    /// An order is confirmed; here are the tickets.
    OrderConfirmed,
    /// An order came to nothing, and why.
    OrderRejected,
    /// A confirmed order was cancelled, and what was refunded.
    OrderCancelled,
    /// Somebody registered.
    Welcome,
}

stored_as_text!(Kind {
    OrderConfirmed => "ORDER_CONFIRMED",
    OrderRejected => "ORDER_REJECTED",
    OrderCancelled => "ORDER_CANCELLED",
    Welcome => "WELCOME",
});

/// A mail that was sent.
#[derive(Clone, Debug, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = notifications, check_for_backend(diesel::pg::Pg))]
pub struct Notification {
    /// Which; ids grow with time.
    pub id: NotificationId,
    /// To whom.
    pub user_id: UserId,
    /// What it tells.
    pub kind: Kind,
    /// The address that it went to.
    pub recipient: String,
    /// Its subject line.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// The order that it is about.
    pub order_id: Option<OrderId>,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// When its recipient read it first.
    pub read_at: Option<DateTime<Utc>>,
}

/// A mail to be sent.
#[derive(Clone, Debug)]
pub struct NewNotification {
    /// Its id.
    pub id: NotificationId,
    /// To whom.
    pub user_id: UserId,
    /// What it tells.
    pub kind: Kind,
    /// The address that it goes to.
    pub recipient: String,
    /// Its subject line.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// The order that it is about.
    pub order_id: Option<OrderId>,
    /// When it is sent.
    pub sent_at: DateTime<Utc>,
}

#[derive(QueryableByName)]
struct Sent {
    #[diesel(sql_type = sql_types::Uuid)]
    id: NotificationId,
}

/// Sends mails, and answers which of them were not sent before.
///
/// # Errors
/// The database's.
pub async fn send(
    connection: &mut AsyncPgConnection,
    mails: &[&NewNotification],
) -> QueryResult<HashSet<NotificationId>> {
    if mails.is_empty() {
        return Ok(HashSet::new());
    }
    // As arrays: with a parameter a value the statement takes half as long again.
    let sent: Vec<Sent> = diesel::sql_query(
        "INSERT INTO notifications (id, user_id, kind, recipient, subject, body, order_id, sent_at)
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT DO NOTHING RETURNING id",
    )
    .bind::<Array<sql_types::Uuid>, _>(column(mails, |mail| mail.id))
    .bind::<Array<sql_types::Uuid>, _>(column(mails, |mail| mail.user_id))
    .bind::<Array<Text>, _>(column(mails, |mail| mail.kind))
    .bind::<Array<Text>, _>(column(mails, |mail| &mail.recipient))
    .bind::<Array<Text>, _>(column(mails, |mail| &mail.subject))
    .bind::<Array<Text>, _>(column(mails, |mail| &mail.body))
    .bind::<Array<Nullable<sql_types::Uuid>>, _>(column(mails, |mail| mail.order_id))
    .bind::<Array<Timestamptz>, _>(column(mails, |mail| mail.sent_at))
    .get_results(connection)
    .await?;
    Ok(sent.into_iter().map(|sent| sent.id).collect())
}

/// The notifications of these ids, as far as there are any.
///
/// # Errors
/// The database's.
pub async fn of_ids(
    connection: &mut AsyncPgConnection,
    ids: &[NotificationId],
) -> QueryResult<Vec<Notification>> {
    notifications::table
        .filter(notifications::id.eq_any(ids))
        .select(Notification::as_select())
        .load(connection)
        .await
}

/// Which part of a mailbox, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MailboxPage {
    /// Only those after this one in the list: older.
    pub after: Option<Uuid>,
    /// Only those before this one in the list: newer.
    pub before: Option<Uuid>,
    /// Whether to begin at the end of the list, the oldest.
    pub backward: bool,
    /// How many at most.
    pub fetch: i64,
}

/// The same page of several users' mailboxes.
///
/// # Errors
/// The database's.
pub async fn mailboxes(
    connection: &mut AsyncPgConnection,
    users: &[UserId],
    page: MailboxPage,
) -> QueryResult<HashMap<UserId, Vec<Notification>>> {
    let order = if page.backward { "ASC" } else { "DESC" };
    let rows: Vec<Notification> = diesel::sql_query(format!(
        "SELECT page.* FROM unnest($1) AS mailbox (user_id) CROSS JOIN LATERAL (
            SELECT * FROM notifications
            WHERE notifications.user_id = mailbox.user_id AND id < $2 AND id > $3
            ORDER BY id {order} LIMIT $4
        ) AS page ORDER BY page.id {order}"
    ))
    .bind::<Array<sql_types::Uuid>, _>(users)
    .bind::<sql_types::Uuid, _>(page.after.unwrap_or(Uuid::max()))
    .bind::<sql_types::Uuid, _>(page.before.unwrap_or(Uuid::nil()))
    .bind::<BigInt, _>(page.fetch)
    .load(connection)
    .await?;
    let mut mailboxes: HashMap<UserId, Vec<Notification>> = HashMap::new();
    for row in rows {
        mailboxes.entry(row.user_id).or_default().push(row);
    }
    Ok(mailboxes)
}

/// How many unread notifications users have; those who have none are left out.
///
/// # Errors
/// The database's.
pub async fn unread(
    connection: &mut AsyncPgConnection,
    users: &[UserId],
) -> QueryResult<HashMap<UserId, i64>> {
    let counts = notifications::table
        .filter(notifications::user_id.eq_any(users))
        .filter(notifications::read_at.is_null())
        .group_by(notifications::user_id)
        .select((notifications::user_id, diesel::dsl::count_star()))
        .load(connection)
        .await?;
    Ok(counts.into_iter().collect())
}

/// What became of a wish to mark notifications as read.
pub enum Marked {
    /// All of them are read.
    All(Vec<Notification>),
    /// Nothing was done: these are not the user's, or do not exist.
    Unknown(Vec<NotificationId>),
}

/// Marks a user's notifications as read, all or none. The time of the first reading stays.
///
/// # Errors
/// The database's.
pub async fn mark_read(
    connection: &mut AsyncPgConnection,
    user: UserId,
    ids: &[NotificationId],
) -> QueryResult<Marked> {
    connection
        .transaction(async |connection| {
            let mut rows: HashMap<NotificationId, Notification> = notifications::table
                .filter(notifications::id.eq_any(ids))
                .filter(notifications::user_id.eq(user))
                .select(Notification::as_select())
                .order(notifications::id)
                .for_no_key_update()
                .load(connection)
                .await?
                .into_iter()
                .map(|row: Notification| (row.id, row))
                .collect();
            let unknown: Vec<_> = ids.iter().filter(|id| !rows.contains_key(id)).copied().collect();
            if !unknown.is_empty() {
                return Ok(Marked::Unknown(unknown));
            }
            let unread = notifications::table
                .filter(notifications::id.eq_any(ids))
                .filter(notifications::read_at.is_null());
            let read: Vec<Notification> = diesel::update(unread)
                .set(notifications::read_at.eq(diesel::dsl::now.into_sql::<Timestamptz>().nullable()))
                .returning(Notification::as_returning())
                .get_results(connection)
                .await?;
            rows.extend(read.into_iter().map(|row| (row.id, row)));
            Ok(Marked::All(ids.iter().filter_map(|id| rows.remove(id)).collect()))
        })
        .await
}
