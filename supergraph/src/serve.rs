//! Serves services.

use std::future::Future;
use std::time::Duration;

use futures::future::join_all;
use service::ServiceName;
use service::application::{Application, StartError};
use service::config::{Environment, ServiceSettings};
use service::database::MigrationSet;
use service::http::ServeError;
use tokio_util::sync::CancellationToken;

/// What is in flight gets this long to end once the process is told to stop.
const GRACE: Duration = Duration::from_secs(15);

/// Why services stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServicesError {
    /// One did not start.
    #[error("{service} does not start")]
    Start {
        service: ServiceName,
        #[source]
        source: StartError,
    },
    /// One cannot be served.
    #[error(transparent)]
    Serve(#[from] ServeError),
}

/// Serves the named services, or all, until the process is told to stop.
pub(crate) async fn serve(
    environment: &Environment,
    services: Vec<ServiceName>,
) -> Result<(), ServicesError> {
    let services = named_or_all(services);
    let shutdown = CancellationToken::new();
    let mut applications = Vec::with_capacity(services.len());
    for service in services {
        let application = application(environment, service, shutdown.clone()).await;
        applications.push(application.map_err(|source| ServicesError::Start { service, source })?);
    }
    stop_on_signal(shutdown.clone());
    let running = applications
        .into_iter()
        .map(|application| application.run(shutdown.clone()));
    within_grace(shutdown.clone(), async {
        join_all(running)
            .await
            .into_iter()
            .collect::<Result<(), ServeError>>()
    })
    .await?;
    Ok(())
}

/// Services as the command line names them: none named means all.
pub(crate) fn named_or_all(services: Vec<ServiceName>) -> Vec<ServiceName> {
    if services.is_empty() {
        ServiceName::ALL.to_vec()
    } else {
        services
    }
}

async fn application(
    environment: &Environment,
    service: ServiceName,
    shutdown: CancellationToken,
) -> Result<Application, StartError> {
    let settings = ServiceSettings::read(environment, service)?;
    match service {
        ServiceName::Users => users::application(settings, environment, shutdown).await,
        ServiceName::Billing => billing::application(settings, environment, shutdown).await,
        ServiceName::Excursions => excursions::application(settings, environment, shutdown).await,
        ServiceName::Orders => orders::application(settings, environment, shutdown).await,
        ServiceName::Notifications => notifications::application(settings, environment, shutdown).await,
    }
}

/// The subgraph schema of a service.
pub(crate) fn sdl(service: ServiceName) -> String {
    match service {
        ServiceName::Users => users::sdl(),
        ServiceName::Billing => billing::sdl(),
        ServiceName::Excursions => excursions::sdl(),
        ServiceName::Orders => orders::sdl(),
        ServiceName::Notifications => notifications::sdl(),
    }
}

/// What the database of a service is made of.
pub(crate) fn migrations(service: ServiceName) -> MigrationSet {
    match service {
        ServiceName::Users => users::migrations(),
        ServiceName::Billing => billing::migrations(),
        ServiceName::Excursions => excursions::migrations(),
        ServiceName::Orders => orders::migrations(),
        ServiceName::Notifications => notifications::migrations(),
    }
}

/// Cancels the token on Ctrl-C and SIGTERM.
pub(crate) fn stop_on_signal(shutdown: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    tokio::spawn(async move {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                tokio::select! {
                    _ = tokio::signal::ctrl_c() => {}
                    _ = terminate.recv() => {}
                }
            }
            Err(error) => {
                tracing::warn!(%error, "SIGTERM cannot be heard");
                let _interrupted = tokio::signal::ctrl_c().await;
            }
        }
        tracing::info!("stopping");
        shutdown.cancel();
    });
}

/// Runs until the end; after the shutdown for no longer than the grace period, whatever hangs on.
pub(crate) async fn within_grace<E>(
    shutdown: CancellationToken,
    running: impl Future<Output = Result<(), E>>,
) -> Result<(), E> {
    let patience = async {
        shutdown.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        result = running => result,
        () = patience => {
            tracing::warn!("something is still in flight; stopping all the same");
            Ok(())
        }
    }
}
