//! The orchestrator in virtual time, in memory, under every fault that a seed can think of.

/// The simulated database's tables, as a transaction sees them.
pub(crate) struct Tables;
