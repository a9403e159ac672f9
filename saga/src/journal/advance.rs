//! From an outcome to the saga's next place and the journal's entries: decisions only, no I/O.

use std::time::{Duration, Instant};

use super::Snapshot;
use crate::action::Outcome;
use crate::definition::{Doing, ErasedOutcome, ErasedState};
use crate::state::{Direction, Event, IllegalTransition, Status, apply};

/// What the journal says of a transition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EntryKind {
    StepSucceeded,
    StepRejected,
    StepFailed,
    RetryScheduled,
    Compensated,
    Parked,
    Completed,
}

impl EntryKind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::StepSucceeded => "STEP_SUCCEEDED",
            Self::StepRejected => "STEP_REJECTED",
            Self::StepFailed => "STEP_FAILED",
            Self::RetryScheduled => "RETRY_SCHEDULED",
            Self::Compensated => "COMPENSATED",
            Self::Parked => "PARKED",
            Self::Completed => "COMPLETED",
        }
    }
}

/// An entry to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) kind: EntryKind,
    pub(crate) step: Option<&'static str>,
    pub(crate) direction: Direction,
    pub(crate) message: Option<String>,
}

/// A saga on its way to its next commit: where it stood, where it stands, and what is to be written.
#[derive(Clone)]
pub(crate) struct Advance {
    pub(crate) snapshot: Snapshot,
    pub(crate) entries: Vec<Entry>,
    /// When the next attempt is due, if not at once.
    pub(crate) pause: Option<Duration>,
    /// Whether another step is due than before.
    pub(crate) moved: bool,
    /// Whether the state is another than before.
    pub(crate) learned: bool,
    now: Instant,
    jitter: f64,
}

impl Advance {
    /// Nothing has happened yet. Pauses are reckoned from `now`, with a `jitter` from 0 to 1.
    pub(crate) fn of(snapshot: Snapshot, now: Instant, jitter: f64) -> Self {
        Self {
            now,
            jitter,
            snapshot,
            entries: Vec::new(),
            pause: None,
            moved: false,
            learned: false,
        }
    }

    /// Takes in what came of the step that was due.
    pub(crate) fn take(&mut self, outcome: ErasedOutcome) -> Result<(), IllegalTransition> {
        match outcome {
            Outcome::Done(state) => {
                self.learn(state);
                self.record(EntryKind::StepSucceeded, None);
                self.happen(Event::Succeeded)
            }
            Outcome::Rejected(rejection) => {
                self.record(EntryKind::StepRejected, Some(rejection.message.clone()));
                if self.snapshot.place.direction == Direction::Forward {
                    self.snapshot.rejection = Some(rejection);
                } else {
                    self.snapshot.last_error = Some(rejection.message);
                }
                self.happen(Event::Rejected)
            }
            Outcome::Again { state, after } => {
                self.learn(state);
                self.pause = Some(after);
                self.happen(Event::Postponed)
            }
            Outcome::Failed(message) => self.fail(message),
            Outcome::Broken(message) => self.give_up(message, self.when_given_up()),
        }
    }

    /// Takes in that the saga cannot go on.
    pub(crate) fn stick(&mut self, message: String) -> Result<(), IllegalTransition> {
        self.give_up(message, Event::Stuck)
    }

    fn learn(&mut self, state: ErasedState) {
        if state != self.snapshot.state {
            self.snapshot.state = state;
            self.learned = true;
        }
    }

    fn fail(&mut self, message: String) -> Result<(), IllegalTransition> {
        let place = self.snapshot.place;
        let policy = self.snapshot.definition.retry(place.position, place.direction);
        let since = self.now.saturating_duration_since(self.snapshot.step_began);
        let Some(pause) = policy.pause(place.attempts, since, self.jitter) else {
            return self.give_up(message, self.when_given_up());
        };
        self.snapshot.last_error = Some(message.clone());
        self.record(EntryKind::RetryScheduled, Some(message));
        self.pause = Some(pause);
        self.happen(Event::RetryScheduled)
    }

    fn give_up(&mut self, message: String, event: Event) -> Result<(), IllegalTransition> {
        self.snapshot.last_error = Some(message.clone());
        self.record(EntryKind::StepFailed, Some(message));
        self.happen(event)
    }

    /// A participant may have done what it failed to tell; a local step that failed did nothing.
    fn when_given_up(&self) -> Event {
        match self.snapshot.due() {
            Some(Doing::Local(_)) => Event::Rejected,
            _ => Event::Exhausted,
        }
    }

    fn happen(&mut self, event: Event) -> Result<(), IllegalTransition> {
        let before = self.snapshot.place;
        let place = apply(&self.snapshot.definition.shape, before, event)?;
        self.snapshot.place = place;
        if (place.position, place.direction) != (before.position, before.direction) {
            self.moved = true;
            self.snapshot.step_began = self.now;
        }
        let end = match place.status {
            Status::Completed => Some(EntryKind::Completed),
            Status::Compensated => Some(EntryKind::Compensated),
            Status::Parked => Some(EntryKind::Parked),
            Status::Running | Status::Compensating | Status::Abandoned => None,
        };
        if let Some(kind) = end {
            let step = (kind == EntryKind::Parked).then(|| self.snapshot.step());
            let message = if step.is_some() {
                self.snapshot.last_error.clone()
            } else {
                None
            };
            self.entries.push(Entry {
                kind,
                step,
                direction: place.direction,
                message,
            });
        }
        Ok(())
    }

    fn record(&mut self, kind: EntryKind, message: Option<String>) {
        let step = Some(self.snapshot.step());
        self.entries.push(Entry {
            kind,
            step,
            direction: self.snapshot.place.direction,
            message,
        });
    }
}
