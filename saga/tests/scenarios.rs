//! Every scenario of a saga with all kinds of steps; and that the scenarios find what participants do wrong.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A helper that cannot go on fails its test.

#[path = "engine/database.rs"]
mod database;
#[path = "scenarios/world.rs"]
mod world;

use saga::testing::prove;

use world::{NAME, Negligence, VERSION, World};

#[tokio::test]
async fn saga_keeps_its_promises_in_every_scenario() {
    let played = prove(NAME, VERSION, || World::new(None)).await;
    println!("{played} scenarios");
    // 4 steps with up to 9 faults, 2 compensations with 7, 2 ways, 3 faults at each of their commits.
    assert!(played > 60, "{played} scenarios");
}

#[tokio::test]
#[should_panic(expected = "the undoing of step \"hotel\" arrives after the end")]
async fn participants_that_undo_twice_are_found() {
    prove(NAME, VERSION, || World::new(Some(Negligence::UndoesTwice))).await;
}

#[tokio::test]
#[should_panic(expected = "step \"flight\" arrives after the end")]
async fn participants_without_tombstones_are_found() {
    prove(NAME, VERSION, || World::new(Some(Negligence::NoTombstones))).await;
}

#[tokio::test]
#[should_panic(expected = "each command of step \"hotel\" arrives twice")]
async fn participants_that_act_twice_are_found() {
    prove(NAME, VERSION, || World::new(Some(Negligence::NotIdempotent))).await;
}
