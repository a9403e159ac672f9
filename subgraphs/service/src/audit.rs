//! What an audit finds: invariants that do not hold. Each service checks its own in its `audit` module; `excursions audit`
//! checks them all, and those between services.

mod digest;

use std::fmt;

pub use digest::{Digest, all_buckets, bucket, differing, mail_hash, money_hash, seats_hash};

/// An invariant that does not hold, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant's number in the list of the architecture's documentation.
    pub invariant: u8,
    /// What was found, with the ids to look for.
    pub message: String,
}

impl Violation {
    /// A finding against an invariant.
    pub fn new(invariant: u8, message: impl Into<String>) -> Self {
        Self {
            invariant,
            message: message.into(),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "invariant {}: {}", self.invariant, self.message)
    }
}
