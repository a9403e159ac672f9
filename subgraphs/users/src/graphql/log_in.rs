//! `logIn`: an e-mail address and a password for a session.
//!
//! Invariant: neither the answer nor the time it takes tells whether there is a user of an e-mail address.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use chrono::Utc;
use diesel_async::AsyncConnection;
use secrecy::SecretString;
use service::graphql::{ClientError, ErrorCode, UserError, UserErrors};

use super::session::SessionObject;
use crate::application::App;
use crate::email::{self, EmailAddress};
use crate::model::{Credentials, start_session};
use crate::password::{self, HashError};

/// Who logs in.
#[derive(InputObject)]
pub struct LogInInput {
    /// The e-mail address, in any case.
    email: String,
    /// The password.
    #[graphql(secret)]
    password: String,
}

impl LogInInput {
    fn validate(&self) -> Result<(), Vec<UserError>> {
        let mut errors = UserErrors::none();
        errors.text(&["email"], &self.email, email::MAX_LENGTH);
        match self.password.chars().count() {
            0 => errors.invalid(&["password"], "must not be empty"),
            1..=password::MAX_LENGTH => {}
            _ => errors.invalid(&["password"], password::InvalidPassword::TooLong.to_string()),
        }
        errors.into_result()
    }
}

/// What came of a log-in.
#[derive(SimpleObject)]
pub struct LogInPayload {
    /// The new session.
    session: Option<SessionObject>,
    /// Why there is none.
    errors: Vec<UserError>,
}

impl LogInPayload {
    fn refused(errors: Vec<UserError>) -> Self {
        Self {
            session: None,
            errors,
        }
    }
}

/// The mutation.
#[derive(Default)]
pub struct LogIn;

/// Log-in.
#[Object]
impl LogIn {
    /// Starts a session with an e-mail address and a password.
    async fn log_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who logs in.")] input: LogInInput,
    ) -> Result<LogInPayload> {
        if let Err(errors) = input.validate() {
            return Ok(LogInPayload::refused(errors));
        }
        let app = context.data::<Arc<App>>()?;
        // What is no e-mail address is one that nobody has.
        let credentials = match input.email.parse() {
            Ok(email) => find(app, &email).await?,
            Err(_) => None,
        };
        let hash = credentials
            .as_ref()
            .map(|credentials| credentials.password_hash.as_str());
        let matches = app
            .passwords
            .verify(SecretString::from(input.password), hash)
            .await
            .map_err(refused_for_now)?;
        let Some(Credentials { user, .. }) = credentials.filter(|_| matches) else {
            let message = "no user has this e-mail address and password";
            return Ok(LogInPayload::refused(vec![UserError::new(
                ErrorCode::InvalidCredentials,
                message,
            )]));
        };
        let expires_at = Utc::now() + app.refresh_token_lifetime;
        let mut connection = app.pool.get().await?;
        let session = connection
            .transaction(async |connection| start_session(connection, user.id, expires_at).await)
            .await?;
        Ok(LogInPayload {
            session: Some(SessionObject::new(app, user, &session)?),
            errors: Vec::new(),
        })
    }
}

/// The connection goes back before the password is checked, which takes much longer.
async fn find(app: &App, email: &EmailAddress) -> Result<Option<Credentials>> {
    let mut connection = app.pool.get().await?;
    Ok(Credentials::find_by_email(&mut connection, email).await?)
}

/// Too many passwords at a time is for the client to know; the rest is ours.
pub fn refused_for_now(error: HashError) -> async_graphql::Error {
    match error {
        HashError::Busy => ClientError::RateLimited {
            retry_after_seconds: 5,
        }
        .into(),
        error => error.into(),
    }
}
