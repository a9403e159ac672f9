//! The service against a real PostgreSQL, with participants that fail on demand.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A helper that cannot go on fails its test.

#[path = "integration/bad_input.rs"]
mod bad_input;
#[path = "integration/booking.rs"]
mod booking;
#[path = "integration/cancelling.rs"]
mod cancelling;
#[path = "integration/faults.rs"]
mod faults;
#[path = "integration/large_departure.rs"]
mod large_departure;
#[path = "integration/operating.rs"]
mod operating;
#[path = "integration/participants.rs"]
mod participants;
#[path = "integration/retention.rs"]
mod retention;
#[path = "integration/scenarios.rs"]
mod scenarios;
#[path = "integration/support.rs"]
mod support;
