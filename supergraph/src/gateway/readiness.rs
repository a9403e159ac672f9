//! Whether the gateway can serve: its router must answer. The gateway itself is ready when it listens.
//!
//! The question is one that any router answers by itself. That a service is away makes a part of the graph unavailable,
//! not the gateway.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use axum::response::IntoResponse;

use super::{Upstreams, forward};

const TIMEOUT: Duration = Duration::from_secs(2);

/// `GET /health/ready`.
pub(super) async fn of_the_router(State(upstreams): State<Upstreams>) -> impl IntoResponse {
    let question = Request::builder()
        .method(Method::POST)
        .uri("/graphql")
        .header(CONTENT_TYPE, "application/json")
        .body(Body::from(r#"{"query":"{ __typename }"}"#));
    let Ok(question) = question else {
        return (
            StatusCode::INTERNAL_SERVER_ERROR,
            "router: cannot be asked\n".to_owned(),
        );
    };
    match tokio::time::timeout(TIMEOUT, forward(&upstreams.router, question)).await {
        Ok(answer) if answer.status().is_success() => (StatusCode::OK, "router: ok\n".to_owned()),
        Ok(answer) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("router: answers {}\n", answer.status()),
        ),
        Err(_elapsed) => (
            StatusCode::SERVICE_UNAVAILABLE,
            "router: no answer in time\n".to_owned(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use axum::Router;
    use axum::routing::post;
    use tokio::net::TcpListener;
    use tower::ServiceExt;

    use super::*;
    use crate::gateway::{proxy, routes};

    async fn readiness(router: &str) -> StatusCode {
        let router = proxy("ROUTER_URL", router.to_owned()).unwrap();
        let upstreams = Upstreams {
            subscriptions: router.clone(),
            subscriptions_path: "/subscriptions".to_owned(),
            router,
        };
        let request = Request::get("/health/ready").body(Body::empty()).unwrap();
        let answer = routes(upstreams, Path::new("/nowhere")).oneshot(request).await;
        answer.unwrap().status()
    }

    async fn serve(routes: Router) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        url
    }

    #[tokio::test]
    async fn gateway_is_as_ready_as_its_router() {
        let answering = Router::new().route("/graphql", post(|| async { "{}" }));
        assert_eq!(readiness(&serve(answering).await).await, StatusCode::OK);
        let failing = Router::new().route("/graphql", post(|| async { StatusCode::BAD_GATEWAY }));
        assert_eq!(
            readiness(&serve(failing).await).await,
            StatusCode::SERVICE_UNAVAILABLE
        );
        let nobody = TcpListener::bind("127.0.0.1:0")
            .await
            .unwrap()
            .local_addr()
            .unwrap();
        assert_eq!(
            readiness(&format!("http://{nobody}")).await,
            StatusCode::SERVICE_UNAVAILABLE
        );
    }
}
