//! The one public origin: queries and mutations go to the router, subscriptions to notifications, and people find the
//! playground on `/`. The same paths as in Kubernetes, where the ingress does this.
//!
//! Invariant: no document reaches the router by HTTP that was not measured here.

mod metrics;
mod negotiation;
mod operation;
mod playground;
mod readiness;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_graphql::parser::types::OperationType;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum_reverse_proxy::ReverseProxy;
use service::ServiceName;
use service::config::{Environment, SettingError};
use service::graphql::http::MediaType;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tower_http::limit::RequestBodyLimitLayer;

use self::negotiation::{Accepted, accepted, is_websocket};
use crate::serve::{stop_on_signal, within_grace};

/// What the router takes at most.
const MAX_BODY_BYTES: usize = 256 * 1024;

/// Why the gateway stopped.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GatewayError {
    /// A setting is missing or wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A setting is no URL to forward to.
    #[error("{name}=\"{url}\" is wrong: it must hold an http URL with a host")]
    Upstream { name: &'static str, url: String },
    /// The address cannot be listened on.
    #[error("the gateway cannot listen on {address}")]
    Listen {
        address: SocketAddr,
        #[source]
        source: std::io::Error,
    },
    /// The server stopped by itself.
    #[error("the gateway's HTTP server failed")]
    Serve(#[source] std::io::Error),
}

const FORWARD_TO: &str = "where to forward to, http://host:port";

type Proxy = ReverseProxy<hyper_util::client::legacy::connect::HttpConnector>;

#[derive(Clone)]
struct Upstreams {
    router: Arc<Proxy>,
    subscriptions: Arc<Proxy>,
    /// Where subscriptions are there, over WebSocket and as event streams alike.
    subscriptions_path: String,
}

/// Serves the public origin until the process is told to stop.
pub(crate) async fn serve(environment: &Environment) -> Result<(), GatewayError> {
    let bind = environment.or(
        "SERVICES_BIND",
        "the address to listen on",
        IpAddr::V4(Ipv4Addr::LOCALHOST),
    )?;
    let port = environment.or("GATEWAY_PORT", "the port of the public origin", 4_000)?;
    let notifications_port = environment.or(
        "NOTIFICATIONS_PORT",
        "the port to listen on",
        ServiceName::Notifications.default_port(),
    )?;
    let notifications = environment.or(
        "NOTIFICATIONS_URL",
        FORWARD_TO,
        format!("http://127.0.0.1:{notifications_port}"),
    )?;
    let subscriptions = environment.or(
        "SUBSCRIPTIONS_URL",
        "where subscriptions are served, http://host:port/path",
        format!("{notifications}/subscriptions"),
    )?;
    let (subscriptions, subscriptions_path) = origin_and_path("SUBSCRIPTIONS_URL", &subscriptions)?;
    let upstreams = Upstreams {
        router: upstream(environment, "ROUTER_URL", "http://127.0.0.1:4100".to_owned())?,
        subscriptions,
        subscriptions_path,
    };
    let playground = environment.or(
        "PLAYGROUND_DIR",
        "the folder of the playground's page and assets",
        PathBuf::from("supergraph/playground/dist"),
    )?;
    let metrics_port = environment.or("GATEWAY_METRICS_PORT", "the port of the gateway's metrics", 4_009)?;
    let address = SocketAddr::new(bind, port);
    let listener = listen(address).await?;
    let metrics_listener = listen(SocketAddr::new(bind, metrics_port)).await?;
    tracing::info!(%address, "the public origin is listening");
    let shutdown = CancellationToken::new();
    stop_on_signal(shutdown.clone());
    let server = axum::serve(listener, metrics::measured(routes(upstreams, &playground)))
        .with_graceful_shutdown(shutdown.clone().cancelled_owned());
    // Apart from the public origin: what goes on here is not for the public.
    let metrics_server = axum::serve(metrics_listener, metrics::routes())
        .with_graceful_shutdown(shutdown.clone().cancelled_owned());
    within_grace(shutdown, async {
        tokio::try_join!(server.into_future(), metrics_server.into_future())
            .map(drop)
            .map_err(GatewayError::Serve)
    })
    .await
}

async fn listen(address: SocketAddr) -> Result<TcpListener, GatewayError> {
    TcpListener::bind(address)
        .await
        .map_err(|source| GatewayError::Listen { address, source })
}

fn routes(upstreams: Upstreams, playground: &Path) -> Router {
    Router::new()
        .route("/graphql", any(graphql))
        .route("/subscriptions", any(subscriptions))
        .route("/health/ready", get(readiness::of_the_router))
        // Before anything is sent on: who is refused halfway by a server behind this one would be told of a fault.
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
        .with_state(upstreams)
        .route("/health/live", get(|| async { "alive\n" }))
        .fallback_service(playground::routes(playground))
}

/// A subscription is told by its transport: a WebSocket, or an event stream.
async fn graphql(State(upstreams): State<Upstreams>, request: Request) -> Response {
    if is_websocket(request.headers()) {
        return subscribe(&upstreams, request).await;
    }
    let accepted = accepted(request.headers());
    if accepted == Accepted::Events {
        return subscribe(&upstreams, request).await;
    }
    let media_type = MediaType::accepted(request.headers()).unwrap_or(MediaType::Json);
    match operation::read(request).await {
        Ok((request, Some(OperationType::Subscription))) if accepted == Accepted::Either => {
            subscribe(&upstreams, request).await
        }
        Ok((request, _)) => forward(&upstreams.router, request).await,
        Err(refusal) => refusal.respond(media_type),
    }
}

async fn subscriptions(State(upstreams): State<Upstreams>, request: Request) -> Response {
    subscribe(&upstreams, request).await
}

async fn subscribe(upstreams: &Upstreams, mut request: Request) -> Response {
    let path = &upstreams.subscriptions_path;
    let query = request.uri().query();
    let uri = query.map_or_else(|| path.clone(), |query| format!("{path}?{query}"));
    match Uri::try_from(uri) {
        Ok(uri) => *request.uri_mut() = uri,
        Err(_) => return StatusCode::BAD_REQUEST.into_response(),
    }
    forward(&upstreams.subscriptions, request).await
}

async fn forward(proxy: &Proxy, request: Request<Body>) -> Response {
    match proxy.proxy_request(request).await {
        Ok(response) if response.status() == StatusCode::BAD_GATEWAY => (
            StatusCode::BAD_GATEWAY,
            "the service behind the gateway does not answer\n",
        )
            .into_response(),
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn upstream(
    environment: &Environment,
    name: &'static str,
    default: String,
) -> Result<Arc<Proxy>, GatewayError> {
    proxy(name, environment.or(name, FORWARD_TO, default)?)
}

fn proxy(name: &'static str, url: String) -> Result<Arc<Proxy>, GatewayError> {
    // The proxy panics on what it cannot use: find that out before.
    let usable = url
        .parse::<Uri>()
        .is_ok_and(|uri| uri.scheme_str() == Some("http") && uri.authority().is_some());
    if !usable {
        return Err(GatewayError::Upstream { name, url });
    }
    Ok(Arc::new(ReverseProxy::new("/", url)))
}

fn origin_and_path(name: &'static str, url: &str) -> Result<(Arc<Proxy>, String), GatewayError> {
    let path = url.parse::<Uri>().map(|uri| uri.path().to_owned());
    let path = path.unwrap_or_default();
    let origin = url.strip_suffix(&path).unwrap_or(url).to_owned();
    Ok((proxy(name, origin)?, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn upstream_must_be_a_url_with_a_host() {
        let environment = Environment::from_pairs([("ROUTER_URL", "localhost:4100")]);
        let error = upstream(&environment, "ROUTER_URL", String::new()).err().unwrap();
        assert!(
            error
                .to_string()
                .starts_with("ROUTER_URL=\"localhost:4100\" is wrong"),
            "{error}"
        );
    }
}
