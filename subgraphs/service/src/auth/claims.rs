//! What tokens say.

use async_graphql::Enum;
use serde::{Deserialize, Serialize};

use crate::id::UserId;

/// A kind of token: who issues it, for whom, and the `typ` of its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenKind {
    /// `iss`.
    pub issuer: &'static str,
    /// `aud`.
    pub audience: &'static str,
    /// `typ` of the header.
    pub header_type: &'static str,
}

/// Access tokens of users (RFC 9068).
pub const ACCESS: TokenKind = TokenKind {
    issuer: "excursions/users",
    audience: "excursions-api",
    header_type: "at+jwt",
};

/// Tokens with which `orders` calls the participants of its sagas.
pub const SERVICE: TokenKind = TokenKind {
    issuer: "excursions/orders",
    audience: "excursions-services",
    header_type: "service+jwt",
};

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Books seats.
    Customer,
    /// Publishes excursions and departures, cancels departures, tends sagas.
    Operator,
    /// An operator who also changes roles.
    Admin,
}

impl Role {
    /// Whether the role may do what operators do.
    #[must_use]
    pub fn is_operator(self) -> bool {
        self >= Self::Operator
    }
}

/// The claims of an access token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AccessClaims {
    /// [`ACCESS`]'s issuer.
    pub iss: String,
    /// [`ACCESS`]'s audience.
    pub aud: String,
    /// The user.
    pub sub: UserId,
    /// The user's role when the token was signed.
    pub role: Role,
    /// Issued at, in seconds since 1970.
    pub iat: i64,
    /// Expires at, in seconds since 1970.
    pub exp: i64,
    /// The session (refresh-token family) that the token belongs to.
    pub sid: uuid::Uuid,
}

/// The claims of a service token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ServiceClaims {
    /// [`SERVICE`]'s issuer.
    pub iss: String,
    /// [`SERVICE`]'s audience.
    pub aud: String,
    /// The service that calls.
    pub sub: String,
    /// Issued at, in seconds since 1970.
    pub iat: i64,
    /// Expires at, in seconds since 1970.
    pub exp: i64,
}
