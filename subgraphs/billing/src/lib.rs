//! Billing: customers' accounts, and the double-entry ledger of what was deposited, charged and refunded.
//!
//! - [`graphql`]: what clients see, and the commands of a participant: `charge` and `refund`
//! - `ledger`: what moves money: each command a transaction, its decisions pure functions
//! - `model`: accounts, transfers, payments: rows and SQL
//! - [`events`]: opens an account for whoever registers
//! - [`audit`]: whether the ledger adds up

use async_graphql::SDLExportOptions;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use service::ServiceName;
use service::application::{Application, Foundation, StartError};
use service::config::{Environment, ServiceSettings};
use service::database::MigrationSet;
use service::events::{Topic, consume, sweep_inbox};
use service::graphql::{Endpoint, endpoint};
use tokio_util::sync::CancellationToken;

pub mod audit;
mod config;
pub mod events;
pub mod graphql;
mod ledger;
mod model;
mod schema;

pub use config::BillingSettings;
pub use ledger::{Charge, ChargeResult, charge, refund};

/// What the service hears of, as the consumer group of its name.
pub const TOPICS: [Topic; 1] = [Topic::Users];

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/billing");

/// The migrations of this service's database.
#[must_use]
pub fn migrations() -> MigrationSet {
    MigrationSet::new([MIGRATIONS])
}

/// The subgraph's schema, as it is composed into the supergraph.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .federation()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items();
    graphql::builder().finish().sdl_with_options(options)
}

/// The service, ready to run.
///
/// # Errors
/// [`StartError`].
pub async fn application(
    settings: ServiceSettings,
    environment: &Environment,
    shutdown: CancellationToken,
) -> Result<Application, StartError> {
    let own = BillingSettings::read(environment)?;
    ledger::describe(own.currency);
    let foundation = Foundation::lay(settings, migrations)?;
    let routes = endpoint(Endpoint {
        service: ServiceName::Billing,
        schema: graphql::schema(foundation.pool.clone(), own, foundation.settings.limits),
        authenticator: foundation.authenticator.clone(),
    });
    let brokers = foundation.settings.kafka_brokers.clone();
    let pool = foundation.pool.clone();
    let consumer = events::AccountOpener::new(own);
    let forgetting = sweep_inbox(
        ServiceName::Billing,
        pool.clone(),
        foundation.settings.inbox_retention,
        shutdown.clone(),
    );
    let consuming = async move {
        let group = ServiceName::Billing.as_str();
        if let Err(error) = consume(&brokers, group, &TOPICS, pool, consumer, shutdown).await {
            tracing::error!(%error, "billing does not hear of new users");
        }
    };
    Ok(foundation.build(routes).beside(consuming).beside(forgetting))
}
