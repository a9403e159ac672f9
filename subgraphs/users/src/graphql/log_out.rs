//! `logOut`: ends a session.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use service::graphql::{ErrorCode, UserError};

use crate::application::App;
use crate::model::end_session;
use crate::token::RefreshToken;

/// What to end.
#[derive(InputObject)]
pub struct LogOutInput {
    /// A refresh token of the session.
    #[graphql(secret)]
    refresh_token: String,
}

/// What came of a log-out.
#[derive(SimpleObject, Default)]
pub struct LogOutPayload {
    /// What is wrong with the input; a session that has ended already is no error.
    errors: Vec<UserError>,
}

/// The mutation.
#[derive(Default)]
pub struct LogOut;

/// Log-out.
#[Object]
impl LogOut {
    /// Ends the session of a refresh token. Its access tokens hold until they expire.
    async fn log_out(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to end.")] input: LogOutInput,
    ) -> Result<LogOutPayload> {
        let Some(token) = RefreshToken::parse(&input.refresh_token) else {
            let message = "has not the form of a refresh token";
            return Ok(LogOutPayload {
                errors: vec![UserError::at(ErrorCode::InvalidInput, &["refreshToken"], message)],
            });
        };
        let app = context.data::<Arc<App>>()?;
        let mut connection = app.pool.get().await?;
        end_session(&mut connection, &token).await?;
        Ok(LogOutPayload::default())
    }
}
