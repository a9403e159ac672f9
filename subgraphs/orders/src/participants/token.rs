//! The service token, signed anew before it expires.

use std::sync::{Mutex, PoisonError};

use chrono::Utc;
use service::auth::{SERVICE, ServiceClaims, Signer, SignerError};

const LIFETIME_SECONDS: i64 = 300;
const RENEW_SECONDS_BEFORE: i64 = 60;

/// Signs service tokens and keeps the last one.
pub(super) struct ServiceToken {
    signer: Signer,
    // A std mutex: it is held for a copy, never across an await.
    last: Mutex<Option<(String, i64)>>,
}

impl ServiceToken {
    pub(super) fn new(signer: Signer) -> Self {
        Self {
            signer,
            last: Mutex::default(),
        }
    }

    /// A token that holds for another minute at least.
    pub(super) fn get(&self) -> Result<String, SignerError> {
        let now = Utc::now().timestamp();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, expires_at)) = last.as_ref()
            && expires_at - RENEW_SECONDS_BEFORE > now
        {
            return Ok(token.clone());
        }
        let claims = ServiceClaims {
            iss: SERVICE.issuer.to_owned(),
            aud: SERVICE.audience.to_owned(),
            sub: "orders".to_owned(),
            iat: now,
            exp: now + LIFETIME_SECONDS,
        };
        let token = self.signer.sign(&claims)?;
        *last = Some((token.clone(), claims.exp));
        Ok(token)
    }
}
