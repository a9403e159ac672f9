//! Migrates the databases and creates the topics.

use service::ServiceName;
use service::config::{self, Environment, SettingError};
use service::database::{self, MigrationError};
use service::events::{self, BrokerError};

use crate::serve::{migrations, named_or_all};

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

/// Runs what is pending in the databases of the named services, or of all, and creates the topics that are missing.
pub(crate) async fn migrate(
    environment: &Environment,
    services: Vec<ServiceName>,
) -> Result<(), MigrateError> {
    for service in named_or_all(services) {
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

/// Empties the databases of the named services, or of all.
pub(crate) async fn revert(
    environment: &Environment,
    services: Vec<ServiceName>,
) -> Result<(), MigrateError> {
    for service in named_or_all(services) {
        let url = config::database_url(environment, service)?;
        let reverted = database::revert(&url, migrations(service)).await;
        reverted.map_err(|source| MigrateError::Database { service, source })?;
        println!("{service}: reverted");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use diesel::{QueryableByName, sql_query};
    use diesel_async::RunQueryDsl;
    use service::testing::TestDatabase;

    use super::*;

    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }

    async fn objects_left(database: &TestDatabase) -> i64 {
        let query = "SELECT (SELECT count(*) FROM pg_class c
                             WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_\\_diesel%')
                          + (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace)
                          + (SELECT count(*) FROM pg_type
                             WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')) AS count";
        let count: Count = sql_query(query)
            .get_result(&mut database.pool.get().await.unwrap())
            .await
            .unwrap();
        count.count
    }

    #[tokio::test]
    async fn every_migration_goes_up_and_down_and_up_again() {
        for service in ServiceName::ALL {
            let database = TestDatabase::empty(service).await;
            let ran = database::migrate(&database.url, migrations(service))
                .await
                .unwrap();
            assert!(ran.len() >= 2, "{service}: {ran:?}");
            assert!(objects_left(&database).await > 0);
            database::revert(&database.url, migrations(service))
                .await
                .unwrap();
            assert_eq!(objects_left(&database).await, 0, "{service}");
            assert_eq!(
                database::migrate(&database.url, migrations(service))
                    .await
                    .unwrap(),
                ran
            );
            assert_eq!(
                database::pending(&database.url, migrations(service))
                    .await
                    .unwrap(),
                [] as [String; 0]
            );
        }
    }

    #[tokio::test]
    async fn migrations_at_the_same_time_wait_for_each_other() {
        let database = TestDatabase::empty(ServiceName::Billing).await;
        let migrate = || database::migrate(&database.url, migrations(ServiceName::Billing));
        let (one, two, three) = tokio::join!(migrate(), migrate(), migrate());
        let mut ran = [one.unwrap().len(), two.unwrap().len(), three.unwrap().len()];
        ran.sort_unstable();
        assert_eq!(ran[..2], [0, 0], "one of them ran everything");
        assert!(ran[2] >= 2);
    }
}
