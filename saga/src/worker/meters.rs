//! What a worker counts and measures. Names are Prometheus's: the unit at the end, `_total` behind what only grows.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use crate::action::Outcome;
use crate::definition::ErasedOutcome;

/// Describes them, and shows from the beginning what may not happen for weeks: an alert on its growth needs its zero.
pub(super) fn describe() {
    describe_gauge!("saga_driven", "Sagas that this process drives");
    describe_counter!("saga_takeovers_total", "Sagas taken over from dead workers");
    describe_counter!(
        "saga_leases_lost_total",
        "Leases that ran out under a living worker"
    );
    describe_counter!("saga_commits_total", "Transactions that journal transitions");
    describe_counter!("saga_transitions_total", "Transitions journalled");
    describe_histogram!("saga_commit_size", "Transitions in one commit");
    describe_histogram!(
        "saga_commit_duration_seconds",
        Unit::Seconds,
        "From a commit's start to the database's answer"
    );
    describe_counter!(
        "saga_step_commands_total",
        "Commands sent to participants, by step"
    );
    describe_counter!(
        "saga_step_retries_total",
        "Commands among them that failed before, by step"
    );
    describe_counter!(
        "saga_step_failures_total",
        "Commands that failed, or got no answer, by step"
    );
    describe_histogram!("saga_step_batch_size", "Commands in one batch, by step");
    describe_histogram!(
        "saga_step_duration_seconds",
        Unit::Seconds,
        "From a batch's sending to its answer, by step"
    );
    describe_counter!(
        "saga_at_rest_total",
        "Sagas that ended or were parked, by definition and status"
    );
    gauge!("saga_driven").set(0.0);
    counter!("saga_takeovers_total").increment(0);
    counter!("saga_leases_lost_total").increment(0);
}

/// A batch came back from a participant; so many of its commands had failed before.
pub(super) fn step(step: &'static str, duration: Duration, retries: usize, outcomes: &[ErasedOutcome]) {
    let failed = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Outcome::Failed(_) | Outcome::Broken(_)))
        .count();
    histogram!("saga_step_duration_seconds", "step" => step).record(duration.as_secs_f64());
    histogram!("saga_step_batch_size", "step" => step).record(outcomes.len() as f64);
    counter!("saga_step_commands_total", "step" => step).increment(outcomes.len() as u64);
    counter!("saga_step_retries_total", "step" => step).increment(retries as u64);
    counter!("saga_step_failures_total", "step" => step).increment(failed as u64);
}

/// A commit is about to be made.
pub(super) fn committing(transitions: usize) {
    counter!("saga_commits_total").increment(1);
    counter!("saga_transitions_total").increment(transitions as u64);
    histogram!("saga_commit_size").record(transitions as f64);
}

/// A commit came through.
pub(super) fn committed(duration: Duration) {
    histogram!("saga_commit_duration_seconds").record(duration.as_secs_f64());
}
