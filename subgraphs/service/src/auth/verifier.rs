//! Checks tokens: type, signature, issuer, audience, expiry.

use std::sync::Arc;

use jsonwebtoken::{Algorithm, Validation, decode, decode_header};
use serde::de::DeserializeOwned;

use super::keys::FetchError;
use super::{ACCESS, AccessClaims, Caller, KeySet, Principal, SERVICE, ServiceClaims, TokenKind};

/// Seconds by which clocks of machines may differ.
const CLOCK_LEEWAY_SECONDS: u64 = 5;

/// Why a token does not hold. The text is safe to show.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Not `Bearer <token>`.
    #[error("the Authorization header must be \"Bearer <token>\"")]
    NotBearer,
    /// Not a token, or not one of ours.
    #[error("the token is malformed")]
    Malformed,
    /// Past its time.
    #[error("the token has expired")]
    Expired,
    /// Signature, issuer, audience or key do not fit.
    #[error("the token is not valid here")]
    NotValid,
    /// Whether it holds cannot be told now; a fault of ours, not of the caller.
    #[error("the token cannot be checked now")]
    Unverifiable(#[source] FetchError),
}

/// Tells from a request's `Authorization` header who is calling.
#[derive(Clone)]
pub struct Authenticator {
    access_keys: Arc<KeySet>,
    service_keys: Arc<KeySet>,
}

impl Authenticator {
    /// Checks access tokens against the keys of `users` and service tokens against those of `orders`.
    #[must_use]
    pub fn new(access_keys: KeySet, service_keys: KeySet) -> Self {
        Self {
            access_keys: Arc::new(access_keys),
            service_keys: Arc::new(service_keys),
        }
    }

    /// The caller behind a header. A token that does not hold makes nobody: public fields still answer, and the others
    /// tell why.
    pub async fn caller(&self, authorization: Option<&str>) -> Caller {
        match authorization {
            None => Caller::Nobody,
            Some(header) => self.bearer(header).await.unwrap_or_else(Caller::refused),
        }
    }

    async fn bearer(&self, header: &str) -> Result<Caller, TokenError> {
        let token = match header.split_once(' ') {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
            _ => return Err(TokenError::NotBearer),
        };
        let header = decode_header(token).map_err(|_| TokenError::Malformed)?;
        let key_id = header.kid.as_deref().ok_or(TokenError::Malformed)?;
        match header.typ.as_deref() {
            Some(kind) if kind == ACCESS.header_type => {
                let claims: AccessClaims = verify(ACCESS, &self.access_keys, key_id, token).await?;
                Ok(Caller::User(Principal {
                    id: claims.sub,
                    role: claims.role,
                    expires_at: claims.exp,
                }))
            }
            Some(kind) if kind == SERVICE.header_type => {
                let claims: ServiceClaims = verify(SERVICE, &self.service_keys, key_id, token).await?;
                Ok(Caller::Service(claims.sub))
            }
            _ => Err(TokenError::NotValid),
        }
    }
}

async fn verify<Claims: DeserializeOwned + Clone>(
    kind: TokenKind,
    keys: &KeySet,
    key_id: &str,
    token: &str,
) -> Result<Claims, TokenError> {
    let key = keys
        .key(key_id)
        .await
        .map_err(TokenError::Unverifiable)?
        .ok_or(TokenError::NotValid)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[kind.issuer]);
    validation.set_audience(&[kind.audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.leeway = CLOCK_LEEWAY_SECONDS;
    decode(token, &key, &validation)
        .map(|data| data.claims)
        .map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::ExpiredSignature => TokenError::Expired,
            _ => TokenError::NotValid,
        })
}
