//! The HTTP server of the public origin.
//!
//! It writes the names of headers `Like-This`, as HTTP/1 servers used to: there are clients that look for them in no
//! other case (Python's gql for `Sec-WebSocket-Protocol`), and the usual server of our framework cannot.

use std::pin::pin;

use axum::Router;
use axum::serve::Listener;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Serves until the token is cancelled, and then whoever is being served to the end.
pub(super) async fn serve(mut listener: TcpListener, routes: Router, shutdown: CancellationToken) {
    let connections = TaskTracker::new();
    while let Some((stream, _address)) = shutdown
        .run_until_cancelled(Listener::accept(&mut listener))
        .await
    {
        connections.spawn(serve_connection(stream, routes.clone(), shutdown.clone()));
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn serve_connection(stream: TcpStream, routes: Router, shutdown: CancellationToken) {
    let http = Builder::new(TokioExecutor::new()).title_case_headers(true);
    let service = TowerToHyperService::new(routes);
    let mut connection = pin!(http.serve_connection_with_upgrades(TokioIo::new(stream), service));
    let end = tokio::select! {
        end = connection.as_mut() => end,
        () = shutdown.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = end {
        tracing::debug!(error, "a connection broke");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::time::{Duration, timeout};

    use super::*;

    #[tokio::test]
    async fn names_of_headers_are_written_with_capitals_and_requests_are_served_to_their_end() {
        let (begun, shutdown) = (CancellationToken::new(), CancellationToken::new());
        let (seen, stop) = (begun.clone(), shutdown.clone());
        let slow = get(async move || {
            seen.cancel();
            stop.cancelled().await;
            "served"
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(serve(listener, Router::new().route("/", slow), shutdown.clone()));

        let mut client = TcpStream::connect(address).await.unwrap();
        client
            .write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
            .await
            .unwrap();
        begun.cancelled().await;
        shutdown.cancel();
        let mut answer = String::new();
        let ended = timeout(Duration::from_secs(30), client.read_to_string(&mut answer));
        ended.await.unwrap().unwrap();
        assert!(answer.contains("\r\nContent-Type: text/plain"), "{answer}");
        assert!(answer.ends_with("\r\n\r\nserved"), "{answer}");
        server.await.unwrap();
        assert!(
            TcpStream::connect(address).await.is_err(),
            "nobody is let in any more"
        );
    }
}
