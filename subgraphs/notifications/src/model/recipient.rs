//! Who can be written to.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::id::UserId;

use crate::schema::recipients;

/// A user, as far as mails are concerned.
#[derive(Clone, Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = recipients, check_for_backend(diesel::pg::Pg))]
pub struct Recipient {
    /// The user.
    pub user_id: UserId,
    /// Where mails go.
    pub email: String,
    /// How mails greet.
    pub name: String,
    /// When the user registered.
    pub registered_at: DateTime<Utc>,
}

/// Writes down recipients; those known already stay as they are.
///
/// # Errors
/// The database's.
pub async fn remember(connection: &mut AsyncPgConnection, recipients: &[Recipient]) -> QueryResult<()> {
    if recipients.is_empty() {
        return Ok(());
    }
    diesel::insert_into(recipients::table)
        .values(recipients)
        .on_conflict_do_nothing()
        .execute(connection)
        .await?;
    Ok(())
}

/// The recipients of these users, as far as they are known.
///
/// # Errors
/// The database's.
pub async fn of_users(
    connection: &mut AsyncPgConnection,
    users: &[UserId],
) -> QueryResult<HashMap<UserId, Recipient>> {
    if users.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = recipients::table
        .filter(recipients::user_id.eq_any(users))
        .select(Recipient::as_select())
        .load(connection)
        .await?;
    Ok(rows.into_iter().map(|row| (row.user_id, row)).collect())
}
