//! The first operator: somebody must be there who can make others operators.
//!
//! Settings name the operator; the database decides whether there is one already. Any number of processes may start at
//! the same time: one of them registers the operator, and the others see it.

use std::sync::Arc;
use std::time::Duration;

use diesel_async::AsyncConnection;
use service::auth::Role;
use service::database::{Connection, PoolError};
use service::error_chain;
use tokio_util::sync::CancellationToken;

use crate::application::App;
use crate::config::FirstOperator;
use crate::model::{ChangeError, NewUser, User};
use crate::password::HashError;

const NAME: &str = "Operator";
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Why the operator could not be set up yet.
#[derive(Debug, thiserror::Error)]
pub enum FirstOperatorError {
    /// No connection.
    #[error("the database does not answer")]
    Connect(#[source] PoolError),
    /// Whether the operator is there.
    #[error("the first operator cannot be looked up")]
    Find(#[source] diesel::result::Error),
    /// The password.
    #[error("the first operator's password cannot be hashed")]
    Hash(#[source] HashError),
    /// The row or its event.
    #[error("the first operator cannot be written")]
    Register(#[source] ChangeError),
}

/// Sets the operator up, again and again until it is done or the service stops: the database may come later than the
/// service, and its migrations later still.
pub async fn set_up(app: Arc<App>, operator: FirstOperator, shutdown: CancellationToken) {
    let mut pause = FIRST_PAUSE;
    while let Err(error) = ensure(&app, &operator).await {
        tracing::warn!(error = error_chain(&error), "trying again in {pause:?}");
        let slept = shutdown.run_until_cancelled(tokio::time::sleep(pause)).await;
        if slept.is_none() {
            return;
        }
        pause = LONGEST_PAUSE.min(pause * 2);
    }
}

/// Registers the operator unless there is a user of that e-mail address, who stays as it is.
///
/// # Errors
/// [`FirstOperatorError`].
pub async fn ensure(app: &App, operator: &FirstOperator) -> Result<User, FirstOperatorError> {
    let mut connection = app.pool.get().await.map_err(FirstOperatorError::Connect)?;
    // Only to spare the hashing at every start; what counts is the insert below.
    if let Some(user) = find(&mut connection, operator).await? {
        return Ok(user);
    }
    let password_hash = app
        .passwords
        .hash(operator.password.clone())
        .await
        .map_err(FirstOperatorError::Hash)?;
    let new = NewUser {
        email: operator.email.clone(),
        name: NAME.to_owned(),
        role: Role::Admin,
        password_hash,
    };
    let registered = connection
        .transaction(async |connection| new.register(connection).await)
        .await
        .map_err(FirstOperatorError::Register)?;
    if let Some(user) = registered {
        app.outbox.written();
        tracing::info!(user = %user.id, email = %user.email, "registered the first operator");
        return Ok(user);
    }
    find(&mut connection, operator)
        .await?
        .ok_or(FirstOperatorError::Find(diesel::result::Error::NotFound))
}

async fn find(
    connection: &mut Connection,
    operator: &FirstOperator,
) -> Result<Option<User>, FirstOperatorError> {
    let found = User::find_by_email(connection, &operator.email)
        .await
        .map_err(FirstOperatorError::Find)?;
    if let Some(user) = found.as_ref().filter(|user| !user.role.is_operator()) {
        tracing::warn!(user = %user.id, "OPERATOR_EMAIL is the address of a user who is no operator");
    }
    Ok(found)
}
