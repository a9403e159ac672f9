//! Measuring the orchestrator: bookings and cancellations by sagas against the same work in SQL by hand.
//!
//! - [`server`]: the PostgreSQL that both sides share, and what it counts
//! - [`floor`]: SQL by hand, one booking at a time, driven by pgbench
//! - [`engine`]: the sagas of orders, with [`participants`] that run the SQL of billing and excursions in this process
//! - [`catalogue`]: the departures and accounts that the engine books on
//! - [`load`]: clients that each wait for their answer before they ask again
//! - [`chain`]: sagas of some steps that do nothing
//! - [`recovery`]: a process that is killed with sagas in flight
//! - [`cancellation`]: a departure with many orders that is cancelled
//! - [`cpu`]: processor time
//! - [`report`]: medians, ratios, tables

pub mod cancellation;
pub mod catalogue;
pub mod chain;
pub mod cpu;
pub mod engine;
pub mod floor;
pub mod load;
pub mod participants;
pub mod recovery;
pub mod report;
pub mod server;

/// What ends a measurement early: there is nobody to handle it but whoever reads the message.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
