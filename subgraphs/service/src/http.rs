//! The HTTP side of a service: health, metrics, request spans, and a server that stops when told.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures::future::BoxFuture;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::Instrument;

use crate::ServiceName;
use crate::telemetry;

const READINESS_TIMEOUT: Duration = Duration::from_secs(2);

/// One thing that a service needs before it can answer.
#[derive(Clone)]
pub struct ReadinessCheck {
    /// What is checked: `database`, `broker`, `migrations`.
    pub name: &'static str,
    /// Checks it; the error says what is wrong.
    pub check: Arc<dyn Fn() -> BoxFuture<'static, Result<(), String>> + Send + Sync>,
}

impl ReadinessCheck {
    /// A check by an async function.
    pub fn new<F, Fut>(name: &'static str, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self {
            name,
            check: Arc::new(move || Box::pin(check())),
        }
    }
}

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

async fn readiness(checks: Vec<ReadinessCheck>) -> impl IntoResponse {
    let results = checks.iter().map(|check| async move {
        let result = tokio::time::timeout(READINESS_TIMEOUT, (check.check)()).await;
        (
            check.name,
            result.unwrap_or_else(|_| Err("no answer in time".to_owned())),
        )
    });
    let results = futures::future::join_all(results).await;
    let ready = results.iter().all(|(_, result)| result.is_ok());
    let lines: String = results
        .into_iter()
        .map(|(name, result)| format!("{name}: {}\n", result.err().unwrap_or_else(|| "ok".to_owned())))
        .collect();
    (
        if ready {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        },
        lines,
    )
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
