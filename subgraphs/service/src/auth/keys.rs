//! The public keys of an issuer, fetched from its JWK set and kept.
//!
//! A key id that is not known makes the set be fetched again, at most once a second, so that a new key works at once and
//! forged key ids cannot make us hammer the issuer.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use tokio::sync::{Mutex, RwLock};

const PAUSE_BETWEEN_FETCHES: Duration = Duration::from_secs(1);
const FETCH_TIMEOUT: Duration = Duration::from_secs(3);

/// Why the keys could not be had.
#[derive(Debug, thiserror::Error)]
#[error("the token keys at {url} cannot be fetched")]
pub struct FetchError {
    url: String,
    #[source]
    source: reqwest::Error,
}

/// The keys of one issuer.
pub struct KeySet {
    url: String,
    http: reqwest::Client,
    keys: RwLock<HashMap<String, DecodingKey>>,
    last_fetch: Mutex<Option<Instant>>,
}

impl KeySet {
    /// The keys at a URL; nothing is fetched yet.
    #[must_use]
    pub fn new(http: reqwest::Client, url: String) -> Self {
        Self {
            url,
            http,
            keys: RwLock::default(),
            last_fetch: Mutex::default(),
        }
    }

    /// The key of an id, fetched if it is not known yet.
    ///
    /// # Errors
    /// [`FetchError`] where the issuer does not answer and the key is not known.
    pub async fn key(&self, key_id: &str) -> Result<Option<DecodingKey>, FetchError> {
        if let Some(key) = self.keys.read().await.get(key_id) {
            return Ok(Some(key.clone()));
        }
        let mut last_fetch = self.last_fetch.lock().await;
        let fetched_just_now = last_fetch.is_some_and(|at| at.elapsed() < PAUSE_BETWEEN_FETCHES);
        if !fetched_just_now {
            let set = self.fetch().await?;
            *last_fetch = Some(Instant::now());
            *self.keys.write().await = by_id(&set);
        }
        Ok(self.keys.read().await.get(key_id).cloned())
    }

    async fn fetch(&self) -> Result<JwkSet, FetchError> {
        let fetched = async {
            let response = self.http.get(&self.url).timeout(FETCH_TIMEOUT).send().await?;
            response.error_for_status()?.json().await
        };
        fetched.await.map_err(|source| FetchError {
            url: self.url.clone(),
            source,
        })
    }
}

fn by_id(set: &JwkSet) -> HashMap<String, DecodingKey> {
    set.keys
        .iter()
        .filter_map(|jwk| Some((jwk.common.key_id.clone()?, DecodingKey::from_jwk(jwk).ok()?)))
        .collect()
}
