//! `excursions token`, `excursions promote`: what whoever runs the system may do without asking the API, on the users'
//! database and with its signing key.

use diesel_async::AsyncPgConnection;
use service::ServiceName;
use service::auth::Role;
use service::config::{Environment, SettingError};
use users::config::UsersSettings;
use users::email::EmailAddress;
use users::model::{ChangeError, RoleRefusal, promote};
use users::token::{HandOutError, hand_out};

use crate::databases::{ConnectError, connect};

/// Why access was not given.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccessError {
    /// A setting is missing or wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// No token.
    #[error(transparent)]
    HandOut(#[from] HandOutError),
    /// The role stays.
    #[error(transparent)]
    Refused(#[from] RoleRefusal),
    /// The role cannot be written.
    #[error("the role cannot be written")]
    Change(#[from] ChangeError),
}

/// Prints an access token of a user; to whom it belongs and how long it holds goes to the standard error, so that the
/// token can be caught in a variable.
pub(crate) async fn token(environment: &Environment, email: &EmailAddress) -> Result<(), AccessError> {
    let settings = UsersSettings::read(environment)?;
    let mut connection = users(environment).await?;
    let (user, token) = hand_out(&mut connection, &settings, email).await?;
    eprintln!(
        "{}, {:?}, until {}",
        user.email,
        user.role,
        token.expires_at.format("%H:%M:%S UTC")
    );
    println!("{}", token.text);
    Ok(())
}

/// Gives a user a role.
pub(crate) async fn give_role(
    environment: &Environment,
    email: &EmailAddress,
    role: Role,
) -> Result<(), AccessError> {
    let mut connection = users(environment).await?;
    let user = promote(&mut connection, email, role).await??;
    println!(
        "{} is {:?}; tokens say so from the next refresh on",
        user.email, user.role
    );
    Ok(())
}

async fn users(environment: &Environment) -> Result<AsyncPgConnection, ConnectError> {
    connect(environment, ServiceName::Users).await
}

/// A role as it is written on the command line.
pub(crate) fn role(word: &str) -> Result<Role, String> {
    match word.to_uppercase().as_str() {
        "CUSTOMER" => Ok(Role::Customer),
        "OPERATOR" => Ok(Role::Operator),
        "ADMIN" => Ok(Role::Admin),
        _ => Err("a role is customer, operator or admin".to_owned()),
    }
}
