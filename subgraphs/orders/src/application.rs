//! Puts the service together.

use std::sync::Arc;

use async_graphql::{EmptySubscription, Schema};
use axum::Router;
use saga::{Journal, Worker, WorkerSettings};
use service::ServiceName;
use service::application::{Application, Foundation, GAUGES_EVERY, StartError};
use service::auth::jwks_route;
use service::config::{Environment, ServiceSettings};
use service::events::Topic;
use service::graphql::{Endpoint, endpoint};
use tokio_util::sync::CancellationToken;

use crate::config::OrdersSettings;
use crate::departures::KnownDepartures;
use crate::graphql::{Booking, build};
use crate::participants::Participants;
use crate::{migrations, retention, sagas};

/// The service, ready to run.
///
/// # Errors
/// [`StartError`].
pub async fn application(
    settings: ServiceSettings,
    environment: &Environment,
    shutdown: CancellationToken,
) -> Result<Application, StartError> {
    let own = OrdersSettings::read(environment)?;
    let jwks = jwks_route(&own.signer);
    let foundation = Foundation::lay(settings, migrations)?;
    let participants = Arc::new(Participants::new(&foundation, own.signer));
    let journal = Journal::new(foundation.pool.connections(), sagas::registry(&participants));
    let (worker, handle) = Worker::new(journal.clone(), WorkerSettings::default());
    let outbox = foundation.outbox.clone();
    let worker = worker.after_commit(move || outbox.written());

    let booking = Booking {
        pool: foundation.pool.clone(),
        sagas: handle,
        participants,
        departures: KnownDepartures::default(),
        outbox: foundation.outbox.clone(),
        wait: own.booking_wait,
    };
    let schema: Schema<_, _, EmptySubscription> = build(booking, foundation.settings.limits);
    let routes: Router = endpoint(Endpoint {
        service: ServiceName::Orders,
        schema,
        authenticator: foundation.authenticator.clone(),
    })
    .merge(jwks);
    let driving = shutdown.clone();
    Ok(foundation
        .build(routes)
        .publishing(Topic::Orders, shutdown.clone())
        .beside(async move { worker.run(driving).await })
        .beside(retention::prune(
            journal.clone(),
            own.saga_retention,
            shutdown.clone(),
        ))
        .beside(async move {
            shutdown.run_until_cancelled(watch(journal)).await;
        }))
}

/// Keeps the gauges of all sagas up to date.
async fn watch(journal: Journal) {
    use metrics::describe_gauge;
    describe_gauge!(
        "saga_oldest_due_seconds",
        metrics::Unit::Seconds,
        "For how long the oldest due saga has waited for a worker"
    );
    describe_gauge!(
        "saga_oldest_live_seconds",
        metrics::Unit::Seconds,
        "Age of the oldest saga that is running or compensating"
    );
    describe_gauge!("saga_live", "Sagas running or compensating, of all processes");
    describe_gauge!("saga_parked", "Sagas that wait for a person");
    describe_gauge!("saga_unknown_definition", "Live sagas that no process can drive");
    loop {
        match journal.overview().await {
            Ok(overview) => {
                metrics::gauge!("saga_oldest_due_seconds").set(overview.oldest_due_seconds);
                metrics::gauge!("saga_oldest_live_seconds").set(overview.oldest_live_seconds);
                metrics::gauge!("saga_live").set(overview.live as f64);
                metrics::gauge!("saga_parked").set(overview.parked as f64);
                metrics::gauge!("saga_unknown_definition").set(overview.unknown as f64);
            }
            Err(error) => tracing::debug!(%error, "the sagas cannot be counted"),
        }
        tokio::time::sleep(GAUGES_EVERY).await;
    }
}
