//! The participants of our sagas: billing and excursions, over GraphQL, with a service token.
//!
//! A call carries a batch. An answer that does not come, or that is not what was asked for, is a failure of the whole
//! batch: what it did is not known, and it is tried again.

pub mod billing;
mod call;
mod client;
pub mod excursions;
mod token;

pub use client::{CallError, Participants};
