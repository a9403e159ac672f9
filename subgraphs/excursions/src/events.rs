//! What the service publishes on `excursions.events`.

mod departure;

pub use departure::{DepartureFacts, DepartureScheduled, DepartureUpdated};
