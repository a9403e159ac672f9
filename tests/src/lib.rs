//! End to end: what it takes to use a running stack as its customers and operators do, through the public origin, and to
//! look behind it where the API does not show enough.
//!
//! The eight points of the story ([`story`]) are written once: `make demo` tells them, and the tests of this crate hold
//! the stack to them. A point asserts what it tells; whatever is not as told is a [`Failure`] that names it.

pub mod actor;
pub mod api;
pub mod audit;
pub mod catalogue;
pub mod databases;
pub mod failure;
pub mod metrics;
pub mod model;
pub mod patience;
pub mod processes;
pub mod records;
pub mod replica;
pub mod scene;
pub mod stack;
pub mod stage;
pub mod story;
pub mod subscriber;
pub mod teller;

pub use failure::Failure;
pub use stage::Stage;
