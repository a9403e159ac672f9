//! The orchestrator in virtual time and in memory, under every fault that a seed brings.
//!
//! What is real: the worker, its lanes, batches, leases and hand-overs, the splitting of batches, the transition function.
//! What is simulated: time, chance, the database, the network, the participants, and the processes, which crash, pause and
//! come back. One seed plays the same run every time. The checker knows what sagas promise, not how it is done.
//!
//! First everything may go wrong; then all is well again, and every saga must come to rest.

mod chance;
mod check;
mod database;
mod definitions;
mod participants;
mod process;
mod story;
mod time;

pub use check::Violation;
pub(crate) use database::LocalEffects;
pub use story::{Run, simulate};

/// A part that is broken on purpose, to see that the checker notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The database takes writes from whoever does not drive the saga any more.
    NoFence,
    /// The database asks who drives a saga, and not what it was last written as.
    OwnerAlone,
    /// Participants do not remember what was undone before it was done.
    NoTombstone,
    /// Participants do again what they did already.
    NotIdempotent,
    /// Steps are undone in the order in which they were done.
    CompensationOrder,
    /// Workers that died keep their sagas.
    NoTakeover,
}

impl Flaw {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::NoFence,
        Self::OwnerAlone,
        Self::NoTombstone,
        Self::NotIdempotent,
        Self::CompensationOrder,
        Self::NoTakeover,
    ];
}
