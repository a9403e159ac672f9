//! Where a saga stands, and the one pure function that moves it.
//!
//! Invariants, for every sequence of events that [`apply`] accepts:
//! - steps go forward in order, compensations in the reverse order, and only of steps whose action was intended;
//! - before and at the pivot a saga can turn back, after it only forward;
//! - a pivot of which it is not known whether it happened, and that cannot be undone, is never turned back from;
//! - a saga that has ended never moves again.

use std::fmt;
use std::str::FromStr;

/// How a saga is getting on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Going forward.
    Running,
    /// Undoing what it did.
    Compensating,
    /// Every step succeeded.
    Completed,
    /// Everything is undone.
    Compensated,
    /// Needs a person.
    Parked,
    /// A person gave it up; what it did stands as it is.
    Abandoned,
}

/// Which way a saga goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Direction {
    /// Actions.
    Forward,
    /// Compensations.
    Backward,
}

/// Where a saga stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// How it is getting on.
    pub status: Status,
    /// Which way it goes, or went when it was parked or abandoned.
    pub direction: Direction,
    /// The step whose action (forward) or compensation (backward) is due, or was last.
    pub position: usize,
    /// Failed attempts of it so far.
    pub attempts: u32,
}

impl Place {
    /// At the first step.
    #[must_use]
    pub fn start() -> Self {
        Self {
            status: Status::Running,
            direction: Direction::Forward,
            position: 0,
            attempts: 0,
        }
    }

    /// Whether there is something to do.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self.status, Status::Running | Status::Compensating)
    }

    /// Whether nothing will ever change any more.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        matches!(
            self.status,
            Status::Completed | Status::Compensated | Status::Abandoned
        )
    }
}

/// What a transition needs to know of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// For each step, whether it has a compensation.
    pub compensable: Vec<bool>,
    /// The step after whose success the saga only goes forward; nothing where it never turns back.
    pub pivot: Option<usize>,
}

impl Shape {
    fn can_turn_back_at(&self, position: usize) -> bool {
        self.pivot.is_some_and(|pivot| position <= pivot)
    }

    /// Where it is not known whether the step had its effect. One before the pivot that cannot be undone needs no undoing;
    /// a pivot that cannot be undone, and may have happened, leaves only the way forward.
    fn can_turn_back_in_doubt_at(&self, position: usize) -> bool {
        self.pivot
            .is_some_and(|pivot| position < pivot || position == pivot && self.compensable[position])
    }
}

/// What happened to a saga.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The action or compensation that was due succeeded.
    Succeeded,
    /// The participant refused the action: this attempt did nothing. Another may still be on its way.
    Rejected,
    /// It failed, and will be tried again.
    RetryScheduled,
    /// It waits for something and will be run again; no failure.
    Postponed,
    /// It failed, and its policy is spent. Whether it had its effect is not known.
    Exhausted,
    /// It cannot go on: what came of its step cannot be journalled.
    Stuck,
    /// A person sends a parked saga on.
    Resumed,
    /// A person gives it up.
    Abandoned,
}

/// An event that cannot happen to a saga that stands where this one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{event:?} cannot happen to a saga at {place:?}")]
pub struct IllegalTransition {
    /// Where it stands.
    pub place: Place,
    /// What should have happened.
    pub event: Event,
}

/// Where a saga stands after an event.
///
/// # Errors
/// [`IllegalTransition`]; the saga stays where it was.
pub fn apply(shape: &Shape, place: Place, event: Event) -> Result<Place, IllegalTransition> {
    use Direction::{Backward, Forward};
    let illegal = IllegalTransition { place, event };
    let next = match (place.status, event) {
        (Status::Running, Event::Succeeded) if place.position + 1 == shape.compensable.len() => Place {
            status: Status::Completed,
            attempts: 0,
            ..place
        },
        (Status::Running, Event::Succeeded) => Place {
            position: place.position + 1,
            attempts: 0,
            ..place
        },
        // The refused, or failed, step is undone too: an earlier attempt may have done something, or may do it yet.
        (Status::Running, Event::Rejected) if shape.can_turn_back_at(place.position) => {
            compensate_from(shape, place.position + 1)
        }
        (Status::Running, Event::Exhausted) if shape.can_turn_back_in_doubt_at(place.position) => {
            compensate_from(shape, place.position + 1)
        }
        (Status::Running | Status::Compensating, Event::Rejected | Event::Exhausted | Event::Stuck) => {
            Place {
                status: Status::Parked,
                ..place
            }
        }
        (Status::Compensating, Event::Succeeded) => compensate_from(shape, place.position),
        (Status::Running | Status::Compensating, Event::RetryScheduled) => Place {
            attempts: place.attempts.saturating_add(1),
            ..place
        },
        (Status::Running | Status::Compensating, Event::Postponed) => Place { attempts: 0, ..place },
        (Status::Parked, Event::Resumed) => {
            let status = match place.direction {
                Forward => Status::Running,
                Backward => Status::Compensating,
            };
            Place {
                status,
                attempts: 0,
                ..place
            }
        }
        (Status::Running | Status::Compensating | Status::Parked, Event::Abandoned) => Place {
            status: Status::Abandoned,
            ..place
        },
        _ => return Err(illegal),
    };
    Ok(next)
}

/// Backward, at the last compensable step before `end`; or compensated where there is none.
fn compensate_from(shape: &Shape, end: usize) -> Place {
    let (status, position) = match shape.compensable[..end]
        .iter()
        .rposition(|compensable| *compensable)
    {
        Some(position) => (Status::Compensating, position),
        None => (Status::Compensated, 0),
    };
    Place {
        status,
        direction: Direction::Backward,
        position,
        attempts: 0,
    }
}

/// A word of the database that this version does not know.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is not known")]
pub struct UnknownWord(String);

macro_rules! words {
    ($type:ty { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $type {
            /// The word for it in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl FromStr for $type {
            type Err = UnknownWord;

            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UnknownWord(word.to_owned())),
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(self.as_str())
            }
        }
    };
}

words!(Status {
    Running = "RUNNING",
    Compensating = "COMPENSATING",
    Completed = "COMPLETED",
    Compensated = "COMPENSATED",
    Parked = "PARKED",
    Abandoned = "ABANDONED",
});
words!(Direction { Forward = "FORWARD", Backward = "BACKWARD" });

#[cfg(test)]
mod tests;
