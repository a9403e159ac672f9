//! The protocol, checked by exhaustive search: two workers, one saga, one participant, and a few faults in every
//! combination and at every moment. Transitions are the crate's own ([`saga::state::apply`]); the model is of what goes on
//! around them: leases, fences, commits, commands.
//!
//! Each broken variant shows that the search finds what it is meant to find. `cargo test -p saga --test model --
//! --nocapture` prints how many states were explored, and the shortest way to each fault.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A model that does not add up fails its test.

#[path = "model/convergence.rs"]
mod convergence;
#[path = "model/journal.rs"]
mod journal;
#[path = "model/participant.rs"]
mod participant;
#[path = "model/properties.rs"]
mod properties;
#[path = "model/protocol.rs"]
mod protocol;
#[path = "model/step.rs"]
mod step;
#[path = "model/system.rs"]
mod system;
#[path = "model/worker.rs"]
mod worker;

use std::collections::BTreeSet;
use std::env;

use stateright::{Checker, HasDiscoveries, Model};

use properties::{AT_MOST_ONCE, ENDS_MATCH, REVERSE_ORDER, STALE_WRITES, UNDO_WINS};
use protocol::{Flaw, Pivot, Protocol};

/// How many faults, of any kinds, hit one saga; `SAGA_MODEL_FAULTS=3` looks at millions of states, for minutes.
fn faults() -> u8 {
    env::var("SAGA_MODEL_FAULTS").map_or(2, |faults| faults.parse().unwrap())
}

/// Every state of a protocol without a flaw keeps every promise, and from each an end can be reached.
fn holds(protocol: &Protocol) {
    let checker = protocol.clone().checker().spawn_bfs().join();
    checker.assert_properties();
    let states = checker.unique_state_count();
    assert_eq!(convergence::states_that_all_converge(protocol), states);
    let (Protocol { pivot, faults, .. }, depth) = (protocol, checker.max_depth());
    println!(
        "{pivot:?} pivot, {faults} faults: {states} states, up to {depth} steps deep, and all is as promised"
    );
}

#[test]
fn every_promise_holds_with_a_local_pivot() {
    holds(&Protocol::new(Pivot::Local, faults()));
}

#[test]
fn every_promise_holds_with_a_pivot_at_the_participant() {
    holds(&Protocol::new(Pivot::Remote, faults()));
}

/// The search finds a way to break the promise, and no shorter one exists.
fn breaks(flaw: Flaw, promise: &'static str) {
    let pivot = match flaw {
        Flaw::PivotInDoubtIsTurnedBackFrom | Flaw::RefusalsOfThePivotAreForgotten => Pivot::Remote,
        _ => Pivot::Local,
    };
    let protocol = Protocol {
        flaw: Some(flaw),
        ..Protocol::new(pivot, faults())
    };
    let broken = HasDiscoveries::AnyOf(BTreeSet::from([promise]));
    let checker = protocol.checker().finish_when(broken).spawn_bfs().join();
    let path = checker.assert_any_discovery(promise);
    println!("{flaw:?} breaks \"{promise}\":");
    for action in path.into_actions() {
        println!("  {action:?}");
    }
}

#[test]
fn without_the_fence_a_stale_worker_writes() {
    breaks(Flaw::NoFence, STALE_WRITES);
    breaks(Flaw::NoFence, ENDS_MATCH);
}

#[test]
fn without_the_number_of_entries_a_repeated_commit_is_applied_again() {
    breaks(Flaw::FenceWithoutEntries, STALE_WRITES);
}

#[test]
fn without_tombstones_an_action_comes_back_after_its_undo() {
    breaks(Flaw::NoTombstones, UNDO_WINS);
    breaks(Flaw::NoTombstones, ENDS_MATCH);
}

#[test]
fn without_idempotency_an_action_has_its_effect_twice() {
    breaks(Flaw::NoIdempotency, AT_MOST_ONCE);
}

#[test]
fn undone_in_the_wrong_order() {
    breaks(Flaw::UndoneFromTheFirstStep, REVERSE_ORDER);
}

#[test]
fn a_refusal_is_not_the_last_word_on_an_earlier_attempt() {
    breaks(Flaw::RefusedStepsAreNotUndone, ENDS_MATCH);
}

#[test]
fn a_participant_with_a_pivot_must_remember_refusals() {
    breaks(Flaw::RefusalsOfThePivotAreForgotten, ENDS_MATCH);
}

#[test]
fn a_pivot_that_may_have_happened_cannot_be_turned_back_from() {
    breaks(Flaw::PivotInDoubtIsTurnedBackFrom, ENDS_MATCH);
}
