//! Sessions: a log-in and the refresh tokens that came of it, one after the other.
//!
//! Invariants: a refresh token is good for one use, also when it is used twice at the same time; one that is used again
//! ends its session, for somebody has a copy. Every change locks the session's row first.

use chrono::{DateTime, Utc};
use diesel::dsl::now;
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use service::id::UserId;
use service::typed_id;

use super::User;
use crate::schema::{refresh_tokens, sessions, users};
use crate::token::RefreshToken;

typed_id! {
    /// A session.
    SessionId
}

/// A session, and the token that it goes on with.
pub struct StartedSession {
    /// Which.
    pub id: SessionId,
    /// The only token of the session that is good now.
    pub token: RefreshToken,
}

/// What became of a refresh token.
pub enum Refresh {
    /// It was good: the session goes on with another one.
    Renewed {
        /// The session, with its new token.
        session: StartedSession,
        /// The user as of now.
        user: User,
    },
    /// It had been used before: the session has ended.
    Reused {
        /// Which.
        session: SessionId,
        /// Whose.
        user: UserId,
    },
    /// It is not known, or its session has ended.
    Unknown,
}

/// Starts a session, within the caller's transaction.
///
/// # Errors
/// The database's.
pub async fn start_session(
    connection: &mut AsyncPgConnection,
    user: UserId,
    expires_at: DateTime<Utc>,
) -> QueryResult<StartedSession> {
    let id = SessionId::new();
    diesel::insert_into(sessions::table)
        .values((
            sessions::id.eq(id),
            sessions::user_id.eq(user),
            sessions::expires_at.eq(expires_at),
        ))
        .execute(connection)
        .await?;
    let token = issue(connection, id).await?;
    Ok(StartedSession { id, token })
}

/// Trades a refresh token for the next one.
///
/// # Errors
/// The database's.
pub async fn refresh_session(
    connection: &mut AsyncPgConnection,
    token: &RefreshToken,
    expires_at: DateTime<Utc>,
) -> QueryResult<Refresh> {
    let hash = token.hash();
    connection
        .transaction(async |connection| {
            // Locks the session: a second use of the token waits here, and finds the token used below.
            let session: Option<(SessionId, UserId)> = diesel::update(sessions::table)
                .filter(sessions::id.eq_any(session_of(&hash)))
                .filter(sessions::expires_at.gt(now))
                .set(sessions::expires_at.eq(expires_at))
                .returning((sessions::id, sessions::user_id))
                .get_result(connection)
                .await
                .optional()?;
            let Some((id, user)) = session else {
                return Ok(Refresh::Unknown);
            };
            if !is_first_use(connection, &hash).await? {
                diesel::delete(sessions::table.find(id))
                    .execute(connection)
                    .await?;
                return Ok(Refresh::Reused { session: id, user });
            }
            let token = issue(connection, id).await?;
            let user = User::query().filter(users::id.eq(user)).first(connection).await?;
            let session = StartedSession { id, token };
            Ok(Refresh::Renewed { session, user })
        })
        .await
}

/// Ends the session of a token, used or not; nothing where there is none.
///
/// # Errors
/// The database's.
pub async fn end_session(connection: &mut AsyncPgConnection, token: &RefreshToken) -> QueryResult<()> {
    diesel::delete(sessions::table.filter(sessions::id.eq_any(session_of(&token.hash()))))
        .execute(connection)
        .await
        .map(drop)
}

/// Deletes sessions that have expired, and tokens that were used before an instant; how many of both.
///
/// # Errors
/// The database's.
pub async fn forget_ended(
    connection: &mut AsyncPgConnection,
    used_before: DateTime<Utc>,
) -> QueryResult<usize> {
    let ended = diesel::delete(sessions::table.filter(sessions::expires_at.lt(now)))
        .execute(connection)
        .await?;
    let used = diesel::delete(refresh_tokens::table.filter(refresh_tokens::used_at.lt(used_before)))
        .execute(connection)
        .await?;
    Ok(ended + used)
}

#[diesel::dsl::auto_type]
fn session_of<'a>(hash: &'a [u8]) -> _ {
    refresh_tokens::table
        .filter(refresh_tokens::hash.eq(hash))
        .select(refresh_tokens::session_id)
}

async fn is_first_use(connection: &mut AsyncPgConnection, hash: &[u8]) -> QueryResult<bool> {
    let unused = refresh_tokens::table
        .filter(refresh_tokens::hash.eq(hash))
        .filter(refresh_tokens::used_at.is_null());
    let used = diesel::update(unused)
        .set(refresh_tokens::used_at.eq(now))
        .execute(connection)
        .await?;
    Ok(used == 1)
}

async fn issue(connection: &mut AsyncPgConnection, session: SessionId) -> QueryResult<RefreshToken> {
    let token = RefreshToken::random();
    diesel::insert_into(refresh_tokens::table)
        .values((
            refresh_tokens::hash.eq(token.hash()),
            refresh_tokens::session_id.eq(session),
        ))
        .execute(connection)
        .await?;
    Ok(token)
}
