//! The orchestrator in virtual time. `SIMULATION_SEEDS` is how many seeds are played (10,000), `SIMULATION_FROM` the first;
//! `SIMULATION_SEED` replays one and prints what happened.

#![allow(clippy::expect_used)] // Without a runtime there is nothing to test.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use saga::testing::simulation::{Flaw, Run, simulate};

fn setting(name: &str) -> Option<u64> {
    let value = std::env::var(name).ok()?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{name} must be a number, not {value:?}")),
    )
}

fn play(seed: u64, flaw: Option<Flaw>) -> Run {
    simulate(seed, flaw).expect("a runtime")
}

/// The first seed, from `first` on, whose run breaks a promise.
fn first_violation(seeds: std::ops::Range<u64>, flaw: Option<Flaw>) -> Option<u64> {
    let next = AtomicU64::new(seeds.start);
    let found = AtomicU64::new(seeds.end);
    let threads = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= found.load(Ordering::Relaxed) {
                        return;
                    }
                    if !play(seed, flaw).violations.is_empty() {
                        found.fetch_min(seed, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    let found = found.into_inner();
    (found < seeds.end).then_some(found)
}

#[test]
fn no_seed_breaks_a_promise() {
    if let Some(seed) = setting("SIMULATION_SEED") {
        let run = play(seed, None);
        println!("{}", run.log);
        assert_eq!(run.violations, [], "seed {seed}");
        return;
    }
    let first = setting("SIMULATION_FROM").unwrap_or(0);
    let seeds = first..first + setting("SIMULATION_SEEDS").unwrap_or(10_000);
    if let Some(seed) = first_violation(seeds, None) {
        let violations = play(seed, None).violations;
        let violations: Vec<String> = violations.iter().map(ToString::to_string).collect();
        panic!(
            "seed {seed}:\n{}\nreplay: SIMULATION_SEED={seed} cargo test -p saga --test simulation no_seed -- --nocapture",
            violations.join("\n")
        );
    }
}

#[test]
fn same_seed_plays_the_same_run() {
    for seed in 0..50 {
        assert_eq!(play(seed, None), play(seed, None), "seed {seed}");
    }
}

#[test]
fn runs_go_both_ways_and_suffer() {
    let logs: String = (0..50).map(|seed| play(seed, None).log).collect();
    for what in [
        "has its effect",
        "is undone",
        "crashes",
        "is paused",
        "is told to stop",
        "database is out",
        "may have been started",
    ] {
        assert!(logs.contains(what), "in no run {what}");
    }
}

#[test]
fn every_flaw_is_found() {
    for flaw in Flaw::ALL {
        let seed = first_violation(0..2_000, Some(flaw));
        let seed = seed.unwrap_or_else(|| panic!("{flaw:?} is not found"));
        let run = play(seed, Some(flaw));
        println!(
            "{flaw:?}: found by seed {} of 1, 2, 3 ...: {}",
            seed + 1,
            run.violations[0]
        );
    }
}
