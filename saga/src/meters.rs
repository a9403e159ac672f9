//! What a worker counts and measures. Names are Prometheus's: the unit at the end, `_total` behind what only grows.

use std::time::Duration;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

use crate::action::Outcome;
use crate::definition::ErasedOutcome;
use crate::journal::Snapshot;

/// Describes them, and shows from the beginning what may not happen for weeks: an alert on its growth needs its zero.
pub(crate) fn describe() {
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
        "Commands to participants and local steps, by definition, step and direction"
    );
    describe_counter!(
        "saga_step_retries_total",
        "Commands among them that failed before, by definition, step and direction"
    );
    describe_counter!(
        "saga_step_rejections_total",
        "Commands that were decided against, by definition, step and direction"
    );
    describe_counter!(
        "saga_step_failures_total",
        "Commands that failed, or got no answer, by definition, step and direction"
    );
    describe_histogram!(
        "saga_step_batch_size",
        "Commands in one batch, by definition, step and direction"
    );
    describe_histogram!(
        "saga_step_duration_seconds",
        Unit::Seconds,
        "From a batch's sending to its answer, by definition, step and direction"
    );
    describe_counter!(
        "saga_at_rest_total",
        "Sagas that ended or were parked, by definition and status"
    );
    describe_histogram!(
        "saga_connection_wait_seconds",
        Unit::Seconds,
        "From asking the pool for a connection to having it"
    );
    gauge!("saga_driven").set(0.0);
    counter!("saga_takeovers_total").increment(0);
    counter!("saga_leases_lost_total").increment(0);
}

/// Which step is measured.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    definition: &'static str,
    step: &'static str,
    direction: &'static str,
}

impl Step {
    /// The step that is due for a saga.
    pub(crate) fn due(saga: &Snapshot) -> Self {
        Self {
            definition: saga.definition.name,
            step: saga.step(),
            direction: saga.place.direction.as_str(),
        }
    }

    /// What ends a saga of this definition that is compensated.
    pub(crate) fn when_compensated(saga: &Snapshot) -> Self {
        Self {
            step: "when-compensated",
            ..Self::due(saga)
        }
    }

    /// A batch of its commands came back; so many of them had failed before.
    pub(crate) fn ran(self, duration: Duration, retries: usize, outcomes: &[ErasedOutcome]) {
        let labels = [
            ("definition", self.definition),
            ("step", self.step),
            ("direction", self.direction),
        ];
        let (mut failed, mut rejected) = (0, 0);
        for outcome in outcomes {
            match outcome {
                Outcome::Failed(_) | Outcome::Broken(_) => failed += 1,
                Outcome::Rejected(_) => rejected += 1,
                Outcome::Done(_) | Outcome::Again { .. } => {}
            }
        }
        histogram!("saga_step_duration_seconds", &labels).record(duration.as_secs_f64());
        histogram!("saga_step_batch_size", &labels).record(outcomes.len() as f64);
        counter!("saga_step_commands_total", &labels).increment(outcomes.len() as u64);
        counter!("saga_step_retries_total", &labels).increment(retries as u64);
        counter!("saga_step_rejections_total", &labels).increment(rejected);
        counter!("saga_step_failures_total", &labels).increment(failed);
    }
}

/// The pool gave a connection, or none.
pub(crate) fn connected(wait: Duration) {
    histogram!("saga_connection_wait_seconds").record(wait.as_secs_f64());
}

/// A commit is about to be made.
pub(crate) fn committing(transitions: usize) {
    counter!("saga_commits_total").increment(1);
    counter!("saga_transitions_total").increment(transitions as u64);
    histogram!("saga_commit_size").record(transitions as f64);
}

/// A commit came through.
pub(crate) fn committed(duration: Duration) {
    histogram!("saga_commit_duration_seconds").record(duration.as_secs_f64());
}
