//! `excursions health`.

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tokio::net::TcpListener;

use crate::support::Shell;

/// A server whose readiness is of this status, and its port.
async fn server(status: StatusCode) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let routes = Router::new().route(
        "/health/ready",
        get(move || async move { (status, "database: away\n") }),
    );
    tokio::spawn(async move { axum::serve(listener, routes).await });
    port
}

/// A port that nobody listens on.
async fn silent() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

/// A machine of our own: nobody listens on any port of ours, whatever else runs here.
async fn machine() -> Shell {
    let names = [
        "GATEWAY",
        "USERS",
        "BILLING",
        "EXCURSIONS",
        "ORDERS",
        "NOTIFICATIONS",
    ];
    let mut shell = Shell::default().with("SERVICES_BIND", "0.0.0.0");
    for name in names {
        shell = shell.with(&format!("{name}_PORT"), &silent().await.to_string());
    }
    shell
}

#[tokio::test]
async fn whoever_listens_must_be_ready() {
    let ready = server(StatusCode::OK).await.to_string();
    let unready = server(StatusCode::SERVICE_UNAVAILABLE).await.to_string();

    let one = machine().await.with("BILLING_PORT", &ready);
    assert!(
        one.prints(&["health"])
            .await
            .contains(&format!(":{ready}/health/ready: ready"))
    );

    let two = machine()
        .await
        .with("BILLING_PORT", &ready)
        .with("GATEWAY_PORT", &unready);
    let ran = two.run(&["health"]).await;
    assert!(
        !ran.succeeded && ran.err.contains("503") && ran.err.contains("database: away"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn nobody_is_not_healthy() {
    let ran = machine().await.run(&["health"]).await;
    assert!(
        !ran.succeeded && ran.err.contains("nothing of excursions listens"),
        "{ran:?}"
    );
}

#[tokio::test]
async fn a_url_is_asked_and_nothing_else() {
    let ready = format!("http://127.0.0.1:{}/health/ready", server(StatusCode::OK).await);
    let away = format!("http://127.0.0.1:{}/health/ready", silent().await);
    let shell = machine().await;
    assert_eq!(
        shell.prints(&["health", &ready]).await,
        format!("{ready}: ready\n")
    );
    let ran = shell.run(&["health", &ready, &away]).await;
    assert!(!ran.succeeded && ran.err.contains(&away), "{ran:?}");
}
