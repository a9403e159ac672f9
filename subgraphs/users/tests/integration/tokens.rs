//! Over HTTP: what this service signs holds against the keys that it shows.

use std::sync::Arc;

use chrono::TimeDelta;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use service::ServiceName;
use service::application::Foundation;
use service::auth::{ACCESS, Caller, SERVICE, Signer, new_signing_key};
use service::config::{Environment, ServiceSettings};
use service::graphql::Limits;
use tokio::net::TcpListener;
use users::application::routes;
use users::model::SessionId;
use users::token::AccessTokens;

use super::kit::{PASSWORD, Users, codes};

/// The service behind a port of its own, its tokens checked against the keys that it serves there.
struct Served {
    users: Users,
    foundation: Foundation,
}

impl Served {
    async fn new() -> Self {
        let users = Users::new().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let environment = Environment::from_pairs([
            ("USERS_DATABASE_URL", users.database.url.expose_secret()),
            ("USERS_URL", &url),
        ]);
        let settings = ServiceSettings::read(&environment, ServiceName::Users).unwrap();
        let foundation = Foundation::lay(settings, users::migrations).unwrap();
        let routes = routes(
            Arc::clone(&users.app),
            foundation.authenticator.clone(),
            &users.settings,
            Limits::default(),
        );
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { users, foundation }
    }

    async fn ask(&self, token: Option<&str>, document: &str) -> Value {
        let url = self.foundation.settings.graphql_url_of(ServiceName::Users);
        let mut request = self.foundation.http.post(url).json(&json!({ "query": document }));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn caller(&self, token: &str) -> Caller {
        let header = format!("Bearer {token}");
        self.foundation.authenticator.caller(Some(&header)).await
    }

    async fn assert_refused(&self, token: &str, reason: &str) {
        let response = self.ask(Some(token), "{ me { id } }").await;
        assert_eq!(codes(&response["errors"]), ["UNAUTHENTICATED"], "{response}");
        let message = response["errors"][0]["message"].as_str().unwrap();
        assert!(message.contains(reason), "{message}");
    }
}

#[tokio::test]
async fn access_token_holds_against_the_keys_that_are_served() {
    let served = Served::new().await;
    let register = format!(
        "mutation {{ register(input: {{ email: \"ada@example.com\", password: \"{PASSWORD}\", name: \"Ada\" }}) {{
            session {{ accessToken user {{ id }} }} }} }}"
    );
    let registered = served.ask(None, &register).await;
    let session = &registered["data"]["register"]["session"];
    let token = session["accessToken"].as_str().unwrap();

    let me = served.ask(Some(token), "{ me { id email } }").await;
    assert_eq!(me["data"]["me"]["id"], session["user"]["id"]);
    assert_eq!(me["data"]["me"]["email"], "ada@example.com");

    let Caller::User(principal) = served.caller(token).await else {
        panic!("the token makes a user");
    };
    let lifetime = principal.expires_at - chrono::Utc::now().timestamp();
    assert!((890..=900).contains(&lifetime), "{lifetime}");
}

#[tokio::test]
async fn key_set_is_public_cacheable_and_without_the_private_half() {
    let served = Served::new().await;
    let url = served.foundation.settings.jwks_url_of(ServiceName::Users);
    let response = served.foundation.http.get(url).send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "public, max-age=300");
    let set: Value = response.json().await.unwrap();
    let keys = set["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0]["crv"], "Ed25519");
    assert_eq!(keys[0]["use"], "sig");
    assert!(keys[0]["kid"].is_string());
    assert_eq!(keys[0]["d"], Value::Null);
}

#[tokio::test]
async fn tokens_that_do_not_hold_are_refused_with_a_reason() {
    let served = Served::new().await;
    let (ada, session) = served.users.customer("ada@example.com").await;
    let good = session["accessToken"].as_str().unwrap();
    let issue = |signer: Signer, seconds| {
        let tokens = AccessTokens::new(signer, TimeDelta::seconds(seconds));
        tokens.issue(&ada, SessionId::new()).unwrap().text
    };
    let expired = issue(served.users.settings.signer.clone(), -60);
    let forged = issue(
        Signer::from_pem(ACCESS, &new_signing_key().unwrap()).unwrap(),
        900,
    );
    let of_a_service = issue(
        Signer::from_pem(SERVICE, &new_signing_key().unwrap()).unwrap(),
        900,
    );
    let (head, signature) = good.rsplit_once('.').unwrap();
    let tampered = format!("{head}.{}", signature.chars().rev().collect::<String>());

    served.assert_refused(&expired, "expired").await;
    served.assert_refused(&forged, "not valid").await;
    served.assert_refused(&tampered, "not valid").await;
    served.assert_refused("nonsense", "malformed").await;
    // Whether it is one of `orders` cannot be told here, for `orders` is not there: a fault, not a user.
    assert!(matches!(served.caller(&of_a_service).await, Caller::Refused(_)));
}

#[tokio::test]
async fn refused_token_still_gets_public_answers() {
    let served = Served::new().await;
    let response = served.ask(Some("nonsense"), "{ __typename }").await;
    assert_eq!(response, json!({ "data": { "__typename": "Query" } }));
}
