//! The service's routes on a real port, and tokens that they accept.

use std::net::SocketAddr;

use axum::routing::get;
use axum::{Json, Router};
use notifications::transport::{SocketLimits, Transport};
use service::ServiceName;
use service::auth::{ACCESS, AccessClaims, Authenticator, KeySet, Role, Signer, new_signing_key};
use service::graphql::{Endpoint, endpoint};
use service::id::UserId;
use service::testing::TestDatabase;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::harness::{Replica, now};

pub(super) struct Server {
    pub(super) address: SocketAddr,
    pub(super) shutdown: CancellationToken,
    signer: Signer,
    _replica: Replica,
}

impl Server {
    pub(super) async fn start(database: &TestDatabase) -> Self {
        Self::with_limits(database, SocketLimits::default()).await
    }

    pub(super) async fn with_limits(database: &TestDatabase, limits: SocketLimits) -> Self {
        let replica = Replica::start(database);
        let signer = Signer::from_pem(ACCESS, &new_signing_key().unwrap()).unwrap();
        let shutdown = CancellationToken::new();
        let jwks = signer.jwks();
        let users = serve(
            Router::new().route("/jwks.json", get(async move || Json(jwks))),
            shutdown.clone(),
        )
        .await;
        let keys = || KeySet::new(reqwest::Client::new(), format!("http://{users}/jwks.json"));
        let authenticator = Authenticator::new(keys(), keys());
        let transport = Transport::new(
            replica.schema.clone(),
            authenticator.clone(),
            limits,
            shutdown.clone(),
        );
        let routes = endpoint(Endpoint {
            service: ServiceName::Notifications,
            schema: replica.schema.clone(),
            authenticator,
        })
        .merge(transport.routes());
        Self {
            address: serve(routes, shutdown.clone()).await,
            shutdown,
            signer,
            _replica: replica,
        }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A customer's token that holds for so many seconds.
    pub(super) fn token(&self, user: UserId, seconds: i64) -> String {
        let claims = AccessClaims {
            iss: ACCESS.issuer.to_owned(),
            aud: ACCESS.audience.to_owned(),
            sub: user,
            role: Role::Customer,
            iat: now(),
            exp: now() + seconds,
            sid: Uuid::now_v7(),
        };
        self.signer.sign(&claims).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

async fn serve(routes: Router, shutdown: CancellationToken) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = axum::serve(listener, routes).with_graceful_shutdown(shutdown.cancelled_owned());
    tokio::spawn(server.into_future());
    address
}
