//! One key follows another, as docs/operations/keys.md tells it: with two processes of the issuer behind one address, some
//! restarted and others not, no token is refused, whichever of them signed it and whichever shows the keys.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::routing::get;
use axum::{Json, Router};
use chrono::Utc;
use secrecy::SecretString;
use serde_json::json;
use tokio::net::TcpListener;
use uuid::Uuid;

use super::{ACCESS, Authenticator, Caller, KeySet, SERVICE, Signer, TokenKind, new_signing_key};

/// Two processes of an issuer behind one address.
struct Issuer {
    kind: TokenKind,
    processes: Arc<Mutex<[Signer; 2]>>,
    /// The process that shows its keys.
    asked: Arc<AtomicUsize>,
    url: String,
}

impl Issuer {
    async fn serve(kind: TokenKind, key: &SecretString) -> Self {
        let signer = Signer::from_pem(kind, key).unwrap();
        let processes = Arc::new(Mutex::new([signer.clone(), signer]));
        let asked = Arc::new(AtomicUsize::default());
        let (shown, which) = (Arc::clone(&processes), Arc::clone(&asked));
        let keys = move || async move { Json(shown.lock().unwrap()[which.load(Ordering::Relaxed)].jwks()) };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let routes = Router::new().route("/", get(keys));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self {
            kind,
            processes,
            asked,
            url,
        }
    }

    /// Restarts a process with these keys.
    fn restart(&self, process: usize, signing: &SecretString, accepted: &[&SecretString]) {
        let signer = Signer::from_pem(self.kind, signing).unwrap();
        let accepting = |signer: Signer, key: &&SecretString| signer.accepting(key).unwrap();
        self.processes.lock().unwrap()[process] = accepted.iter().fold(signer, accepting);
    }

    fn token_of(&self, process: usize) -> String {
        let claims = json!({
            "iss": self.kind.issuer, "aud": self.kind.audience, "sub": Uuid::now_v7(), "sid": Uuid::now_v7(),
            "role": "CUSTOMER", "iat": Utc::now().timestamp(), "exp": Utc::now().timestamp() + 900,
        });
        self.processes.lock().unwrap()[process].sign(&claims).unwrap()
    }

    /// A service that has not asked for keys yet.
    fn newcomer(&self) -> Authenticator {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let keys = || KeySet::new(http.clone(), self.url.clone());
        Authenticator::new(keys(), keys())
    }

    /// Whether a newcomer takes a token, that is shown the keys by one of the processes.
    async fn newcomer_takes(&self, token: &str, asked: usize) -> bool {
        self.asked.store(asked, Ordering::Relaxed);
        takes(&self.newcomer(), token).await
    }

    async fn assert_that_all_tokens_hold(&self, when: &str) {
        for (signed_by, asked) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let token = self.token_of(signed_by);
            let taken = self.newcomer_takes(&token, asked).await;
            assert!(taken, "{when}: signed by {signed_by}, keys of {asked}");
        }
    }
}

async fn takes(verifier: &Authenticator, token: &str) -> bool {
    match verifier.caller(Some(&format!("Bearer {token}"))).await {
        Caller::User(_) | Caller::Service(_) => true,
        Caller::Nobody | Caller::Refused(_) => false,
    }
}

#[tokio::test]
async fn nobody_is_refused_while_one_key_follows_another() {
    for kind in [ACCESS, SERVICE] {
        let [old, new] = [(); 2].map(|()| new_signing_key().unwrap());
        let issuer = Issuer::serve(kind, &old).await;
        for process in [0, 1] {
            issuer.restart(process, &old, &[&new]);
            issuer.assert_that_all_tokens_hold("announcing").await;
        }
        // It asks once, and knows both keys from then on.
        let long_there = issuer.newcomer();
        let last_of_the_old = issuer.token_of(1);
        assert!(takes(&long_there, &last_of_the_old).await);

        for process in [0, 1] {
            issuer.restart(process, &new, &[&old]);
            issuer.assert_that_all_tokens_hold("switching").await;
            assert!(takes(&long_there, &issuer.token_of(process)).await);
            assert!(takes(&long_there, &last_of_the_old).await);
        }
        for process in [0, 1] {
            issuer.restart(process, &new, &[]);
            issuer.assert_that_all_tokens_hold("withdrawing").await;
        }
        assert!(!issuer.newcomer_takes(&last_of_the_old, 0).await);
    }
}

/// Why the new key is announced first.
#[tokio::test]
async fn key_that_signs_before_all_show_it_is_refused_by_some() {
    let [old, new] = [(); 2].map(|()| new_signing_key().unwrap());
    let issuer = Issuer::serve(ACCESS, &old).await;
    issuer.restart(0, &new, &[&old]);
    let token = issuer.token_of(0);
    assert!(issuer.newcomer_takes(&token, 0).await);
    assert!(!issuer.newcomer_takes(&token, 1).await);
}
