//! Refresh tokens: 256 random bits, of which the database knows the SHA-256 only.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

const BYTES: usize = 32;

/// A refresh token. It is shown to its client once, and never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct RefreshToken([u8; BYTES]);

impl RefreshToken {
    /// A new one, from the system's random numbers.
    #[must_use]
    pub fn random() -> Self {
        Self(rand::random())
    }

    /// Reads what a client sends, or nothing where it has not the form of a token.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The token as its client keeps it.
    #[must_use]
    pub fn reveal(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What the database keeps. A token is as random as its hash is long, so that no salt and no slow hash is needed.
    #[must_use]
    pub fn hash(&self) -> Vec<u8> {
        Sha256::digest(self.0).to_vec()
    }
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RefreshToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_survives_the_way_to_its_client_and_back() {
        let token = RefreshToken::random();
        assert_eq!(RefreshToken::parse(&token.reveal()), Some(token.clone()));
        assert_ne!(token, RefreshToken::random());
        assert_ne!(token.hash(), token.0.to_vec());
    }

    #[test]
    fn what_has_not_the_form_is_no_token() {
        let token = RefreshToken::random().reveal();
        for text in [
            "",
            "token",
            &token[1..],
            &format!("{token}A"),
            &format!("{token}="),
        ] {
            assert_eq!(RefreshToken::parse(text), None, "{text}");
        }
    }
}
