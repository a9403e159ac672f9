//! Tokens that are not good, made with the stack's own keys and with others.

use std::path::Path;

use chrono::Utc;
use secrecy::SecretString;
use serde_json::json;
use service::auth::{ACCESS, AccessClaims, Role, SERVICE, ServiceClaims, Signer, TokenKind, new_signing_key};
use tests::Failure;
use tests::api::Document;
use tests::failure::told;
use tests::model::Reference;
use tests::scene::scene;
use uuid::Uuid;

const ME: Document = Document::new("me", &["{ result: me { id } }"]);
const A_DAY: i64 = 86_400;

/// Signs tokens as the stack does.
pub struct Tokens {
    access: Signer,
    service: Signer,
}

impl Tokens {
    /// With the keys of the stack.
    pub fn of_environment() -> Self {
        Self {
            access: signer(ACCESS, "USERS_SIGNING_KEY_FILE"),
            service: signer(SERVICE, "ORDERS_SERVICE_KEY_FILE"),
        }
    }

    /// An access token that held until yesterday.
    pub fn expired_of(&self, user: Uuid) -> String {
        self.access.sign(&access_claims(user, -A_DAY)).unwrap()
    }

    /// An access token that holds.
    pub fn good_of(&self, user: Uuid) -> String {
        self.access.sign(&access_claims(user, A_DAY)).unwrap()
    }

    /// An access token by another key than the stack's.
    pub fn forged_of(&self, user: Uuid) -> String {
        somebody(ACCESS).sign(&access_claims(user, A_DAY)).unwrap()
    }

    /// A service token that held until yesterday.
    pub fn expired_of_service(&self) -> String {
        self.service.sign(&service_claims(-A_DAY)).unwrap()
    }

    /// A service token that holds.
    pub fn good_of_service(&self) -> String {
        self.service.sign(&service_claims(A_DAY)).unwrap()
    }

    /// A service token by another key than the stack's.
    pub fn forged_of_service(&self) -> String {
        somebody(SERVICE).sign(&service_claims(A_DAY)).unwrap()
    }
}

fn access_claims(user: Uuid, seconds_left: i64) -> AccessClaims {
    let exp = Utc::now().timestamp() + seconds_left;
    AccessClaims {
        iss: ACCESS.issuer.to_owned(),
        aud: ACCESS.audience.to_owned(),
        sub: user.into(),
        role: Role::Admin,
        iat: exp - 900,
        exp,
        sid: Uuid::now_v7(),
    }
}

fn service_claims(seconds_left: i64) -> ServiceClaims {
    let exp = Utc::now().timestamp() + seconds_left;
    ServiceClaims {
        iss: SERVICE.issuer.to_owned(),
        aud: SERVICE.audience.to_owned(),
        sub: "orders".to_owned(),
        iat: exp - 300,
        exp,
    }
}

fn signer(kind: TokenKind, setting: &str) -> Signer {
    let file = std::env::var(setting).unwrap_or_else(|_| panic!("{setting} is not set"));
    let pem = std::fs::read_to_string(Path::new(&file)).unwrap();
    Signer::from_pem(kind, &SecretString::from(pem)).unwrap()
}

fn somebody(kind: TokenKind) -> Signer {
    Signer::from_pem(kind, &new_signing_key().unwrap()).unwrap()
}

/// Else the tokens above could be refused for another reason than the one that they are made for.
#[tokio::test]
async fn only_time_and_key_tell_bad_tokens_from_good_ones() -> Result<(), Failure> {
    scene(async |stage| {
        let (tokens, ada) = (Tokens::of_environment(), stage.customer("Ada").await?);
        let me = |token: String| {
            let api = stage.visitor.api.with_token(&token);
            async move { api.attempt::<Reference>(&ME, json!({})).await }
        };
        let good = me(tokens.good_of(ada.id())).await?.result().map(|me| me.id);
        told("who the good token is of", good, Some(ada.id()))?;
        for (what, token) in [
            ("expired", tokens.expired_of(ada.id())),
            ("forged", tokens.forged_of(ada.id())),
        ] {
            told(what, me(token).await?.code(), Some("UNAUTHENTICATED"))?;
        }
        Ok(())
    })
    .await
}
