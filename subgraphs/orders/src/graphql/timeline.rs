//! A saga's journal as clients see it.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use saga::journal::JournalEntry;

use crate::sagas::plain_words;

/// Which way a saga goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SagaDirection {
    /// Doing its steps.
    Forward,
    /// Undoing them.
    Backward,
}

/// What happened to a saga.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum SagaEventKind {
    /// It began.
    Started,
    /// A step, or the undoing of one, succeeded.
    StepSucceeded,
    /// A participant refused a step.
    StepRejected,
    /// A step failed for good.
    StepFailed,
    /// A step failed and will be tried again.
    RetryScheduled,
    /// Everything is undone.
    Compensated,
    /// It needs a person.
    Parked,
    /// A person sent it on.
    Resumed,
    /// A person gave it up.
    Abandoned,
    /// Every step succeeded.
    Completed,
}

/// An entry of a saga's journal.
#[derive(Clone, Debug, SimpleObject)]
pub struct SagaEvent {
    /// When it happened.
    pub at: DateTime<Utc>,
    /// What happened.
    pub kind: SagaEventKind,
    /// At which step.
    pub step: Option<String>,
    /// Whether the step was being done or undone.
    pub direction: SagaDirection,
    /// What happened, in plain words.
    pub message: Option<String>,
}

impl From<JournalEntry> for SagaEvent {
    fn from(entry: JournalEntry) -> Self {
        let direction = if entry.direction == "BACKWARD" {
            SagaDirection::Backward
        } else {
            SagaDirection::Forward
        };
        Self {
            at: entry.at,
            kind: kind(&entry.kind),
            message: plain_words(&entry),
            step: entry.step,
            direction,
        }
    }
}

fn kind(word: &str) -> SagaEventKind {
    match word {
        "STARTED" => SagaEventKind::Started,
        "STEP_SUCCEEDED" => SagaEventKind::StepSucceeded,
        "STEP_REJECTED" => SagaEventKind::StepRejected,
        "RETRY_SCHEDULED" => SagaEventKind::RetryScheduled,
        "COMPENSATED" => SagaEventKind::Compensated,
        "PARKED" => SagaEventKind::Parked,
        "RESUMED" => SagaEventKind::Resumed,
        "ABANDONED" => SagaEventKind::Abandoned,
        "COMPLETED" => SagaEventKind::Completed,
        // A constraint lets in no other word.
        _ => SagaEventKind::StepFailed,
    }
}
