//! Passwords: which are good enough, and how they are kept.

mod argon2id;
mod hasher;

use std::str::FromStr;

use secrecy::{ExposeSecret, SecretString};

pub use hasher::{HashError, PasswordHasher};

/// The fewest characters of a new password.
pub const MIN_LENGTH: usize = 8;
/// The most characters of a password: enough for any phrase, and not enough to keep a hasher busy.
pub const MAX_LENGTH: usize = 128;

/// A password that is good enough to be set. It is never printed.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

/// Why a text may not be set as a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPassword {
    /// Too short.
    #[error("must have at least {MIN_LENGTH} characters")]
    TooShort,
    /// Too long.
    #[error("must have at most {MAX_LENGTH} characters")]
    TooLong,
}

impl FromStr for Password {
    type Err = InvalidPassword;

    /// Takes the text as it is: spaces count.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.chars().count() {
            ..MIN_LENGTH => Err(InvalidPassword::TooShort),
            MIN_LENGTH..=MAX_LENGTH => Ok(Self(text.into())),
            _ => Err(InvalidPassword::TooLong),
        }
    }
}

impl Password {
    fn bytes(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_is_counted_in_characters() {
        assert_eq!(
            "sevench".parse::<Password>().unwrap_err(),
            InvalidPassword::TooShort
        );
        assert!("восемь88".parse::<Password>().is_ok());
        assert!("я".repeat(128).parse::<Password>().is_ok());
        assert_eq!(
            "x".repeat(129).parse::<Password>().unwrap_err(),
            InvalidPassword::TooLong
        );
    }

    #[test]
    fn is_never_printed() {
        let password: Password = "correct horse".parse().unwrap();
        assert!(!format!("{password:?}").contains("horse"));
    }
}
