//! Connections to the services' databases, for commands that look at them or change them from the shell.

use diesel::ConnectionError;
use diesel_async::pooled_connection::deadpool::BuildError;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use secrecy::ExposeSecret;
use service::ServiceName;
use service::config::{self, Environment, SettingError};
use service::database::{self, Pool};

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// The URL is missing.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The database does not let us in.
    #[error("cannot connect to the database of {service}")]
    Connect {
        service: ServiceName,
        #[source]
        source: ConnectionError,
    },
    /// The pool cannot be built.
    #[error("the connection pool cannot be built")]
    Pool(#[from] BuildError),
}

/// A connection to the database of a service.
pub(crate) async fn connect(
    environment: &Environment,
    service: ServiceName,
) -> Result<AsyncPgConnection, ConnectError> {
    let url = config::database_url(environment, service)?;
    AsyncPgConnection::establish(url.expose_secret())
        .await
        .map_err(|source| ConnectError::Connect { service, source })
}

/// A pool of one connection, for what works with pools.
pub(crate) fn pool(environment: &Environment, service: ServiceName) -> Result<Pool, ConnectError> {
    let url = config::database_url(environment, service)?;
    Ok(database::pool(&url, "shell", 1)?)
}
