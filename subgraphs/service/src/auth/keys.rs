//! The public keys of an issuer, fetched from its JWK set and kept.
//!
//! The set is fetched again when a key id is not known, so that a new key works at once, and every few minutes, so that a
//! withdrawn one stops working; at most once a second, so that forged key ids cannot make us hammer the issuer.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::JwkSet;
use tokio::sync::{Mutex, RwLock};

use crate::telemetry;

const PAUSE_BETWEEN_FETCHES: Duration = Duration::from_secs(1);
const FETCH_TIMEOUT: Duration = Duration::from_secs(3);
/// A set older than this is fetched again.
const FRESH: Duration = Duration::from_secs(300);

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
    kept: RwLock<Kept>,
    /// When the last fetch began, successful or not; held while fetching, so that one request fetches for all.
    last_fetch: Mutex<Option<Instant>>,
}

#[derive(Default)]
struct Kept {
    keys: HashMap<String, DecodingKey>,
    fetched_at: Option<Instant>,
}

impl Kept {
    fn is_fresh(&self) -> bool {
        self.fetched_at.is_some_and(|at| at.elapsed() < FRESH)
    }
}

impl KeySet {
    /// The keys at a URL; nothing is fetched yet.
    #[must_use]
    pub fn new(http: reqwest::Client, url: String) -> Self {
        Self {
            url,
            http,
            kept: RwLock::default(),
            last_fetch: Mutex::default(),
        }
    }

    /// The key of an id, or nothing where the issuer has none of that id.
    ///
    /// # Errors
    /// [`FetchError`] where the issuer does not answer and the key is not known. A known key holds while its issuer is
    /// away.
    pub async fn key(&self, key_id: &str) -> Result<Option<DecodingKey>, FetchError> {
        let known = {
            let kept = self.kept.read().await;
            let known = kept.keys.get(key_id).cloned();
            if known.is_some() && kept.is_fresh() {
                return Ok(known);
            }
            known
        };
        match self.refresh().await {
            Ok(()) => Ok(self.kept.read().await.keys.get(key_id).cloned()),
            Err(error) if known.is_some() => {
                tracing::warn!(%error, "a token is checked with an old key");
                Ok(known)
            }
            Err(error) => Err(error),
        }
    }

    async fn refresh(&self) -> Result<(), FetchError> {
        let mut last_fetch = self.last_fetch.lock().await;
        if last_fetch.is_some_and(|at| at.elapsed() < PAUSE_BETWEEN_FETCHES) {
            return Ok(());
        }
        *last_fetch = Some(Instant::now());
        let set = self.fetch().await?;
        *self.kept.write().await = Kept {
            keys: by_id(&set),
            fetched_at: Some(Instant::now()),
        };
        Ok(())
    }

    async fn fetch(&self) -> Result<JwkSet, FetchError> {
        let fetched = async {
            let request = self.http.get(&self.url).timeout(FETCH_TIMEOUT);
            let response = telemetry::send(&self.http, request).await?;
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
