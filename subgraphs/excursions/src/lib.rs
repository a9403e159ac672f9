//! The catalogue: excursions, their departures, and the seats on them.
//!
//! Operators publish excursions and schedule departures; everybody searches them. For the sagas that book and cancel, the
//! service is a participant: it quotes, reserves and releases seats, and closes departures that are cancelled.
//!
//! - [`graphql`]: what clients see, and the participant's commands
//! - `model`: rows, SQL and rules of excursions, departures and reservations
//! - `events`: what is published
//! - [`audit`]: whether seats and reservations agree

use async_graphql::SDLExportOptions;
use diesel_migrations::{EmbeddedMigrations, embed_migrations};
use service::ServiceName;
use service::application::{Application, Foundation, StartError};
use service::config::{Environment, ServiceSettings};
use service::database::MigrationSet;
use service::events::Topic;
use service::graphql::{Endpoint, endpoint};
use tokio_util::sync::CancellationToken;

pub mod audit;
mod events;
pub mod graphql;
pub mod model;
mod schema;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations/excursions");

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
    _environment: &Environment,
    shutdown: CancellationToken,
) -> Result<Application, StartError> {
    model::reservation::describe();
    let foundation = Foundation::lay(settings, migrations)?;
    let routes = endpoint(Endpoint {
        service: ServiceName::Excursions,
        schema: graphql::schema(
            foundation.pool.clone(),
            foundation.outbox.clone(),
            foundation.settings.limits,
        ),
        authenticator: foundation.authenticator.clone(),
    });
    Ok(foundation.build(routes).publishing(Topic::Excursions, shutdown))
}
