//! Migrates the databases and creates the topics.

use service::ServiceName;
use service::config::{self, Environment, SettingError};
use service::database::{self, MigrationError};
use service::events::{self, BrokerError};

use crate::serve::migrations;

/// Why something is not as this version needs it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MigrateError {
    /// A setting is missing or wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A database cannot be migrated.
    #[error("the database of {service} cannot be migrated")]
    Database {
        service: ServiceName,
        #[source]
        source: MigrationError,
    },
    /// The topics cannot be created.
    #[error(transparent)]
    Broker(#[from] BrokerError),
}

/// Runs what is pending in each database, and creates the topics that are missing.
pub(crate) async fn migrate(environment: &Environment) -> Result<(), MigrateError> {
    for service in ServiceName::ALL {
        let url = config::database_url(environment, service)?;
        let ran = database::migrate(&url, migrations(service)).await;
        let ran = ran.map_err(|source| MigrateError::Database { service, source })?;
        println!(
            "{service}: {}",
            if ran.is_empty() {
                "up to date".to_owned()
            } else {
                ran.join(", ")
            }
        );
    }
    events::create_topics(&config::kafka_brokers(environment)?).await?;
    println!("topics: there");
    Ok(())
}

/// Empties each database.
pub(crate) async fn revert(environment: &Environment) -> Result<(), MigrateError> {
    for service in ServiceName::ALL {
        let url = config::database_url(environment, service)?;
        let reverted = database::revert(&url, migrations(service)).await;
        reverted.map_err(|source| MigrateError::Database { service, source })?;
        println!("{service}: reverted");
    }
    Ok(())
}
