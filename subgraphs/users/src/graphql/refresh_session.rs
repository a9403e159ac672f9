//! `refreshSession`: a refresh token for the next pair of tokens.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use chrono::Utc;
use service::graphql::{ErrorCode, UserError};

use super::session::SessionObject;
use crate::application::App;
use crate::model::{self, Refresh};
use crate::token::RefreshToken;

/// What to go on with.
#[derive(InputObject)]
pub struct RefreshSessionInput {
    /// The refresh token that came last.
    #[graphql(secret)]
    refresh_token: String,
}

/// What came of a refresh.
#[derive(SimpleObject)]
pub struct RefreshSessionPayload {
    /// The session, with new tokens.
    session: Option<SessionObject>,
    /// Why it does not go on; log in again.
    errors: Vec<UserError>,
}

/// The mutation.
#[derive(Default)]
pub struct RefreshSession;

/// Refreshing.
#[Object]
impl RefreshSession {
    /// Gets new tokens for a refresh token, which is good for one use: using it again ends the session.
    async fn refresh_session(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to go on with.")] input: RefreshSessionInput,
    ) -> Result<RefreshSessionPayload> {
        let app = context.data::<Arc<App>>()?;
        let outcome = match RefreshToken::parse(&input.refresh_token) {
            Some(token) => refresh(app, &token).await?,
            None => Refresh::Unknown,
        };
        match outcome {
            Refresh::Renewed { session, user } => Ok(RefreshSessionPayload {
                session: Some(SessionObject::new(app, user, &session)?),
                errors: Vec::new(),
            }),
            Refresh::Reused { session, user } => {
                tracing::warn!(%session, %user, "a refresh token was used twice: the session has ended");
                Ok(refused())
            }
            Refresh::Unknown => Ok(refused()),
        }
    }
}

async fn refresh(app: &App, token: &RefreshToken) -> Result<Refresh> {
    let expires_at = Utc::now() + app.refresh_token_lifetime;
    let mut connection = app.pool.get().await?;
    Ok(model::refresh_session(&mut connection, token, expires_at).await?)
}

/// The same for every token that is not good, so that one learns nothing by trying.
fn refused() -> RefreshSessionPayload {
    let message = "the refresh token is not good any more: log in again";
    RefreshSessionPayload {
        session: None,
        errors: vec![UserError::at(
            ErrorCode::InvalidCredentials,
            &["refreshToken"],
            message,
        )],
    }
}
