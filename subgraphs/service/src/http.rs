//! The HTTP side of a service: health, metrics, request spans, and a server that stops when told.

mod readiness;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::ServiceName;
use crate::telemetry;

pub use readiness::ReadinessCheck;
use readiness::readiness;

/// Adds `/health/live`, `/health/ready`, `/metrics` and a span per request to a service's routes.
pub fn with_operations(routes: Router, service: ServiceName, checks: Vec<ReadinessCheck>) -> Router {
    let name = service.as_str();
    routes
        .layer(axum::middleware::from_fn(move |request: Request, next: Next| {
            observed(name, request, next)
        }))
        .route("/health/live", get(|| async { "alive\n" }))
        .route("/health/ready", get(move || readiness(checks.clone())))
        .route("/metrics", get(|| async { telemetry::render_metrics() }))
}

async fn observed(service: &'static str, request: Request, next: Next) -> Response {
    let span = telemetry::request_span(service, &request);
    let started = Instant::now();
    let response = next.run(request).instrument(span.clone()).await;
    telemetry::answered(&span, response.status());
    answered(service, &response, started.elapsed());
    response
}

/// Measures an answer.
pub fn answered(service: &'static str, response: &Response, duration: Duration) {
    let labels = [
        ("service", service.to_owned()),
        ("status", response.status().as_u16().to_string()),
    ];
    metrics::histogram!("http_request_duration_seconds", &labels).record(duration.as_secs_f64());
}

/// Why a service cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be listened on.
    #[error("{service} cannot listen on {address}")]
    Listen {
        /// The service.
        service: ServiceName,
        /// Where.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// The server stopped by itself.
    #[error("the HTTP server of {service} failed")]
    Serve {
        /// The service.
        service: ServiceName,
        /// Why.
        #[source]
        source: std::io::Error,
    },
}

/// Serves routes until the token is cancelled, then answers what is in flight.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(
    service: ServiceName,
    address: SocketAddr,
    routes: Router,
    shutdown: CancellationToken,
) -> Result<(), ServeError> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|source| ServeError::Listen {
            service,
            address,
            source,
        })?;
    tracing::info!(%service, %address, "listening");
    axum::serve(listener, routes)
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await
        .map_err(|source| ServeError::Serve { service, source })
}
