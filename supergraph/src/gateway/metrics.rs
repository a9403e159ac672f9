//! What the gateway measures: each request from its arrival to the beginning of its answer, however long a subscription
//! goes on after that.

use std::time::Instant;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::get;
use service::http::answered;
use service::telemetry;

/// Adds the measuring to the routes of the public origin.
pub(super) fn measured(routes: Router) -> Router {
    routes.layer(from_fn(measure))
}

/// Shows what is measured: `/metrics`.
pub(super) fn routes() -> Router {
    Router::new().route("/metrics", get(async || telemetry::render_metrics()))
}

async fn measure(request: Request, next: Next) -> Response {
    let arrived = Instant::now();
    let response = next.run(request).await;
    answered("gateway", &response, arrived.elapsed());
    response
}
