#![doc = include_str!("../README.md")]
//!
//! # How it works
//!
//! ```text
//!             Outcome            Event             commit
//!   Action ───────────▶ worker ──────────▶ apply ─────────▶ journal
//!     ▲                                                        │
//!     └────────────────── next step's command ─────────────────┘
//! ```
//!
//! - A [`Definition`] is data: steps, retry policies, a pivot, and a typed state that the steps hand on.
//! - [`state::apply`] is the one transition function; it is pure.
//! - The [`Journal`] commits, in one transaction, the result of a step and the intent of the next; transitions of many
//!   sagas go in one statement.
//! - A [`Worker`] holds a lease; each saga has an epoch; every write is conditional on both.

pub mod action;
pub mod definition;
pub mod id;
pub mod journal;
mod meters;
pub mod state;
mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod trace;
pub mod worker;

pub use action::{Action, Command, LocalAction, Outcome, Rejection};
pub use definition::{Definition, Registry, RetryPolicy, Step};
pub use id::{SagaId, WorkerId};
pub use journal::{Journal, JournalError, NewSaga, OperatorAction};
pub use state::{Direction, Status};
pub use worker::{Ended, Handle, Worker, WorkerSettings};

use diesel_migrations::{EmbeddedMigrations, embed_migrations};

/// The tables that the orchestrator needs, to be run with those of the database that it lives in.
pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");
