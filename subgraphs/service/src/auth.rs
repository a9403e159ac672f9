//! Who is calling: tokens signed and checked (RFC 7519, EdDSA, RFC 9068 types), and what a resolver asks of the caller.
//!
//! Each service checks every token itself, whatever stands before it. Two kinds of tokens never pass for each other:
//! *access tokens* of users, signed by `users`, and *service tokens*, signed by `orders` for the participants' commands.

mod caller;
mod claims;
mod jwks;
mod key_settings;
mod keys;
#[cfg(test)]
mod rotation_tests;
mod signer;
mod verifier;

pub use caller::{Caller, Principal, operator, service, user};
pub use claims::{ACCESS, AccessClaims, Role, SERVICE, ServiceClaims, TokenKind};
pub use jwks::jwks_route;
pub use key_settings::KeySettings;
pub use keys::KeySet;
pub use signer::{Signer, SignerError, new_signing_key};
pub use verifier::{Authenticator, TokenError};
