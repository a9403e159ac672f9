//! A saga's journal in plain words.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use saga::journal::JournalEntry;

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
        let kind = kind(&entry.kind);
        let direction = if entry.direction == "BACKWARD" {
            SagaDirection::Backward
        } else {
            SagaDirection::Forward
        };
        let words = words(kind, entry.step.as_deref(), direction, &entry.definition);
        let message = match (words, entry.message) {
            (Some(words), Some(message)) => Some(format!("{words}: {message}")),
            (Some(words), None) => Some(words.to_owned()),
            (None, message) => message,
        };
        let message = match entry.actor {
            Some(actor) => Some(format!("{} (by {actor})", message.unwrap_or_default())),
            None => message,
        };
        Self {
            at: entry.at,
            kind,
            step: entry.step,
            direction,
            message,
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

/// The event in plain words, where the kind alone does not say it.
fn words(
    kind: SagaEventKind,
    step: Option<&str>,
    direction: SagaDirection,
    definition: &str,
) -> Option<&'static str> {
    use SagaDirection::{Backward, Forward};
    use SagaEventKind as Kind;
    Some(match (kind, step, direction) {
        (Kind::Started, ..) => match definition {
            "cancel-order" | "cancel-departure" => "the cancellation began",
            _ => "the order was placed",
        },
        (Kind::StepSucceeded, Some("quote"), Forward) => "the price was quoted",
        (Kind::StepSucceeded, Some("charge"), Forward) => "the price was charged",
        (Kind::StepSucceeded, Some("charge"), Backward) | (Kind::StepSucceeded, Some("refund"), _) => {
            "the price was refunded"
        }
        (Kind::StepSucceeded, Some("reserve"), Forward) => "the seats were reserved",
        (Kind::StepSucceeded, Some("reserve"), Backward) | (Kind::StepSucceeded, Some("release"), _) => {
            "the seats were released"
        }
        (Kind::StepSucceeded, Some("confirm"), Forward) => "the tickets were issued",
        (Kind::StepSucceeded, Some("close"), _) => "the departure was closed",
        (Kind::StepSucceeded, Some("cancel-orders"), _) => "every order on it was undone",
        (Kind::StepSucceeded, Some("finish"), _) if definition == "cancel-departure" => {
            "the departure was marked as cancelled"
        }
        (Kind::StepSucceeded, Some("finish"), _) => "the order was marked as cancelled",
        (Kind::StepSucceeded, Some("complete"), _) => "the totals were drawn",
        (Kind::StepRejected, ..) => "refused",
        (Kind::RetryScheduled, ..) => "failed, to be tried again",
        (Kind::StepFailed, ..) => "failed",
        (Kind::Compensated, ..) => "everything was undone",
        (Kind::Parked, ..) => "a person is needed",
        (Kind::Resumed, ..) => "sent on",
        (Kind::Abandoned, ..) => "given up",
        (Kind::Completed, ..) => match definition {
            "cancel-order" => "the order is cancelled",
            "cancel-departure" => "the departure is cancelled",
            _ => "the order is confirmed",
        },
        _ => return None,
    })
}
