//! E-mail addresses, as a browser's `<input type="email">` takes them (WHATWG HTML), in a domain with a dot.
//!
//! An address is ASCII: its case then means the same in Rust and in SQL, and no two addresses look alike.

use std::fmt;
use std::str::FromStr;

/// The most characters that an address may have (RFC 5321).
pub const MAX_LENGTH: usize = 254;
const MAX_LOCAL_LENGTH: usize = 64;
const MAX_LABEL_LENGTH: usize = 63;

/// An e-mail address, in the case in which it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailAddress(String);

/// Why a text is no e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEmail {
    /// Nothing but spaces.
    #[error("must not be empty")]
    Empty,
    /// Too long.
    #[error("must have at most {MAX_LENGTH} characters")]
    TooLong,
    /// Not of the form.
    #[error("must be an e-mail address, such as name@example.com")]
    Malformed,
}

impl EmailAddress {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl FromStr for EmailAddress {
    type Err = InvalidEmail;

    /// Reads an address; spaces around it are not part of it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if text.is_empty() {
            return Err(InvalidEmail::Empty);
        }
        if text.chars().count() > MAX_LENGTH {
            return Err(InvalidEmail::TooLong);
        }
        match text.split_once('@') {
            Some((local, domain)) if is_local_part(local) && is_domain(domain) => Ok(Self(text.to_owned())),
            _ => Err(InvalidEmail::Malformed),
        }
    }
}

fn is_local_part(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&byte);
    text.len() <= MAX_LOCAL_LENGTH
        && text
            .split('.')
            .all(|atom| !atom.is_empty() && atom.bytes().all(allowed))
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        (1..=MAX_LABEL_LENGTH).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    // The last label of an IPv4 address is a number; a domain's never is.
    let top_is_a_name = |(_, top): (&str, &str)| top.bytes().any(|byte| byte.is_ascii_alphabetic());
    text.split('.').all(is_label) && text.rsplit_once('.').is_some_and(top_is_a_name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parsed(text: &str) -> Result<String, InvalidEmail> {
        text.parse().map(|address: EmailAddress| address.0)
    }

    #[test]
    fn addresses_people_have_are_taken_as_written() {
        for address in [
            "ada@example.com",
            "Ada.Lovelace+trips@mail.example.co.uk",
            "o'brien_1@x-y.example",
            "a@xn--80ak6aa92e.com",
        ] {
            assert_eq!(parsed(address), Ok(address.to_owned()));
        }
        assert_eq!(parsed("  ada@example.com\n"), Ok("ada@example.com".to_owned()));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "ada@example.",
            "ada@.example.com",
            "ada@exa mple.com",
            "a da@example.com",
            "ada@@example.com",
            "ada@home@example.com",
            ".ada@example.com",
            "ada.@example.com",
            "ada..l@example.com",
            "ada@-example.com",
            "ada@127.0.0.1",
            "ada@exämple.com",
            "ада@example.com",
            "ada\0@example.com",
            "ada@example.com\r\nBcc: all@example.com",
        ] {
            assert_eq!(parsed(text), Err(InvalidEmail::Malformed), "{text:?}");
        }
        assert_eq!(parsed(" \t"), Err(InvalidEmail::Empty));
    }

    #[test]
    fn length_is_bounded() {
        let domain = format!("{0}.{0}.{1}.com", "d".repeat(63), "d".repeat(57));
        let longest = format!("{}@{domain}", "l".repeat(64));
        assert_eq!(longest.len(), MAX_LENGTH);
        assert!(parsed(&longest).is_ok());
        assert_eq!(parsed(&format!("{longest}m")), Err(InvalidEmail::TooLong));
        assert_eq!(
            parsed(&format!("{}@example.com", "a".repeat(65))),
            Err(InvalidEmail::Malformed)
        );
        assert_eq!(
            parsed(&format!("a@{}.com", "d".repeat(64))),
            Err(InvalidEmail::Malformed)
        );
    }

    proptest! {
        #[test]
        fn whatever_is_taken_fits_the_database(text in "\\PC{0,300}") {
            if let Ok(address) = text.parse::<EmailAddress>() {
                prop_assert!(address.as_str().is_ascii());
                prop_assert!((3..=MAX_LENGTH).contains(&address.as_str().len()));
            }
        }
    }
}
