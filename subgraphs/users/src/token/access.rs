//! Access tokens: signed, short-lived, checked by each service itself.
//!
//! A token says the role that the user had when it was signed; a change of role shows with the next refresh.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use service::auth::{ACCESS, AccessClaims, Signer, SignerError};

use crate::model::{SessionId, User};

/// A signed token.
#[derive(Clone, Debug)]
pub struct AccessToken {
    /// What goes into the Authorization header.
    pub text: String,
    /// When it stops to hold.
    pub expires_at: DateTime<Utc>,
}

/// Signs access tokens.
#[derive(Clone)]
pub struct AccessTokens {
    signer: Signer,
    lifetime: TimeDelta,
}

impl AccessTokens {
    /// Signs with a key, for so long.
    #[must_use]
    pub fn new(signer: Signer, lifetime: TimeDelta) -> Self {
        Self { signer, lifetime }
    }

    /// A token for a user, as of now.
    ///
    /// # Errors
    /// [`SignerError`].
    pub fn issue(&self, user: &User, session: SessionId) -> Result<AccessToken, SignerError> {
        let issued_at = Utc::now().trunc_subsecs(0);
        let expires_at = issued_at + self.lifetime;
        let text = self.signer.sign(&AccessClaims {
            iss: ACCESS.issuer.to_owned(),
            aud: ACCESS.audience.to_owned(),
            sub: user.id,
            role: user.role,
            iat: issued_at.timestamp(),
            exp: expires_at.timestamp(),
            sid: session.uuid(),
        })?;
        Ok(AccessToken { text, expires_at })
    }
}
