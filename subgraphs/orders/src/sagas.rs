//! The sagas of this service, one a file, each in the order: state, steps in the own database, definition; and how their
//! journals read.
//!
//! Steps find orders by their ids. They compare an order's status by a `CASE`, which the planner cannot estimate:
//! statistics of a quiet moment know no order that is pending, and a plain comparison would look so selective that it
//! would read all that are for each of the batch.

pub mod book_excursion;
pub mod cancel_departure;
pub mod cancel_order;
mod plain_words;

use std::sync::Arc;

pub use plain_words::plain_words;
use saga::Registry;

use crate::participants::Participants;

/// All sagas that this version drives.
#[must_use]
pub fn registry(participants: &Arc<Participants>) -> Registry {
    Registry::default()
        .with(book_excursion::definition(participants))
        .with(cancel_order::definition(participants))
        .with(cancel_departure::definition(participants))
}

/// An event or a state that cannot be written as JSON makes its row one that cannot be committed.
fn not_json(error: serde_json::Error) -> diesel::result::Error {
    diesel::result::Error::SerializationError(Box::new(error))
}
