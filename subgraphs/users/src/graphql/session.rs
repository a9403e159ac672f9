//! A session as its client gets it.

use async_graphql::{Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::user::UserObject;
use crate::application::App;
use crate::model::{StartedSession, User};

/// A log-in: an access token for the Authorization header, and a refresh token that gets the next pair.
#[derive(SimpleObject)]
#[graphql(name = "Session")]
pub struct SessionObject {
    /// Send it in the Authorization header, as a bearer token.
    access_token: String,
    /// When the access token expires.
    access_token_expires_at: DateTime<Utc>,
    /// Good for one refreshSession; keep it secret.
    refresh_token: String,
    /// Who is logged in.
    user: UserObject,
}

impl SessionObject {
    /// What a client needs to go on with a session.
    pub fn new(app: &App, user: User, session: &StartedSession) -> Result<Self> {
        let access = app.access_tokens.issue(&user, session.id)?;
        Ok(Self {
            access_token: access.text,
            access_token_expires_at: access.expires_at,
            refresh_token: session.token.reveal(),
            user: UserObject::seen_by_itself(user),
        })
    }
}
