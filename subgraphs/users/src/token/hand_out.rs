//! A token without a log-in: for whoever has the database and the signing key at hand, and so may do everything anyway.

use chrono::Utc;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use service::auth::SignerError;

use super::{AccessToken, AccessTokens};
use crate::config::UsersSettings;
use crate::email::EmailAddress;
use crate::model::{User, start_session};

/// Why no token is handed out.
#[derive(Debug, thiserror::Error)]
pub enum HandOutError {
    /// There is no such user.
    #[error("there is no user with this e-mail address")]
    UnknownUser,
    /// The database.
    #[error("a session cannot be written")]
    Database(#[from] diesel::result::Error),
    /// The key.
    #[error(transparent)]
    Signer(#[from] SignerError),
}

/// An access token of a user, in a session of its own that ends with the token and cannot be refreshed.
///
/// # Errors
/// [`HandOutError`].
pub async fn hand_out(
    connection: &mut AsyncPgConnection,
    settings: &UsersSettings,
    email: &EmailAddress,
) -> Result<(User, AccessToken), HandOutError> {
    let tokens = AccessTokens::new(settings.signer.clone(), settings.access_token_lifetime);
    connection
        .transaction(async |connection| {
            let user = User::find_by_email(connection, email).await?;
            let user = user.ok_or(HandOutError::UnknownUser)?;
            let ends = Utc::now() + settings.access_token_lifetime;
            let session = start_session(connection, user.id, ends).await?;
            let token = tokens.issue(&user, session.id)?;
            Ok((user, token))
        })
        .await
}
