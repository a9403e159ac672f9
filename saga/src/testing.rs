//! What proves sagas, and the orchestrator that drives them. Of the feature `testing`.
//!
//! [`prove`] plays every scenario of a definition of yours, each in a world of its own: every step and compensation fails
//! once and for good, loses its answer, arrives twice, arrives late, is refused; the worker dies before and after each
//! commit, or is paused until another has taken over, and comes back. At the end of each a check of yours says whether
//! all is as it should be.
//!
//! ```no_run
//! use async_trait::async_trait;
//! use diesel_async::AsyncPgConnection;
//! use diesel_async::pooled_connection::deadpool::Pool;
//! use saga::journal::SagaRecord;
//! use saga::testing::{Subject, prove};
//! use saga::{Handle, Registry};
//!
//! struct World {
//!     pool: Pool<AsyncPgConnection>,
//!     // ... and the participants
//! }
//!
//! impl World {
//!     async fn new() -> Self {
//!         todo!("a fresh database with saga::MIGRATIONS, and fresh participants")
//!     }
//! }
//!
//! #[async_trait]
//! impl Subject for World {
//!     fn pool(&self) -> Pool<AsyncPgConnection> {
//!         self.pool.clone()
//!     }
//!
//!     fn registry(&self) -> Registry {
//!         Registry::default() // .with(definition(&self.participants))
//!     }
//!
//!     async fn begin(&self, handle: &Handle) {
//!         // Start the saga as the application does.
//!     }
//!
//!     async fn check(&self, ended: &[SagaRecord]) {
//!         // COMPLETED: its effects stand, once. COMPENSATED: nothing is left.
//!     }
//! }
//!
//! # async fn test() {
//! prove("trip", 1, World::new).await;
//! # }
//! ```
//!
//! [`simulation`] plays the orchestrator itself in virtual time.

#![allow(clippy::expect_used)] // A proof that cannot go on fails.

mod boundary;
mod faults;
mod prove;
mod scenario;
pub mod simulation;

pub use prove::{Subject, prove};
