//! A saga's journal as clients see it.

use async_graphql::{Enum, SimpleObject};
use chrono::{DateTime, Utc};
use saga::journal::JournalEntry;

use crate::model::{Order, OrderStatus};
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

/// What happened to an order: the journals of its sagas. Those of sagas that ended long ago are not kept; then the order
/// itself tells how it began, and how it ended.
pub(super) fn timeline(order: &Order, entries: Vec<JournalEntry>) -> Vec<SagaEvent> {
    let booking_is_kept = entries.iter().any(|entry| entry.saga_id == order.id.uuid());
    let nothing_is_kept = entries.is_empty();
    let mut events = Vec::with_capacity(entries.len() + 2);
    if !booking_is_kept {
        let placed = "the order was placed; its steps are not kept any more";
        events.push(told(order.created_at, SagaEventKind::Started, placed));
    }
    events.extend(entries.into_iter().map(SagaEvent::from));
    if nothing_is_kept {
        events.extend(end(order));
    }
    events
}

fn end(order: &Order) -> Option<SagaEvent> {
    let (kind, message) = match order.status {
        OrderStatus::Confirmed => (SagaEventKind::Completed, "the order is confirmed"),
        OrderStatus::Cancelled => (SagaEventKind::Completed, "the order is cancelled"),
        OrderStatus::Rejected => (SagaEventKind::Compensated, "everything was undone"),
        // Their saga has not ended, or was given up: it is kept.
        OrderStatus::Pending | OrderStatus::Cancelling => return None,
    };
    Some(told(order.updated_at, kind, message))
}

fn told(at: DateTime<Utc>, kind: SagaEventKind, message: &str) -> SagaEvent {
    let backward = kind == SagaEventKind::Compensated;
    SagaEvent {
        at,
        kind,
        step: None,
        direction: if backward {
            SagaDirection::Backward
        } else {
            SagaDirection::Forward
        },
        message: Some(message.to_owned()),
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
