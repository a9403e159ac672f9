//! What proves sagas, and the orchestrator that drives them.

pub mod simulation;
