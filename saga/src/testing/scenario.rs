//! What may go wrong with a saga: one fault a scenario, so that a failure says which.

use std::fmt;

use crate::definition::{Doing, ErasedDefinition};
use crate::state::Direction;

/// Which way a saga goes if nothing else happens to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Course {
    /// Every step succeeds.
    Forward,
    /// Its pivot is refused; one that can be undone fails until its policy is spent.
    Back,
}

/// A step, or its compensation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct At {
    /// The step's position.
    pub position: usize,
    /// Its name.
    pub step: &'static str,
    /// Forward for the action, backward for the compensation.
    pub direction: Direction,
}

impl fmt::Display for At {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.direction {
            Direction::Forward => write!(formatter, "step \"{}\"", self.step),
            Direction::Backward => write!(formatter, "the undoing of step \"{}\"", self.step),
        }
    }
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Nothing.
    None,
    /// The first attempt fails, and does nothing. Of a local step: what it wrote is rolled back.
    FailsOnce(At),
    /// Every attempt fails, and does nothing, until the saga turns back or is parked.
    FailsForGood(At),
    /// It is broken: every attempt is told that trying again will not mend it, and does nothing.
    Broken(At),
    /// Every attempt is carried out, and then told the same.
    BrokenWhenDone(At),
    /// The first attempt is carried out, and its answer is lost.
    AnswerLost(At),
    /// Every attempt is carried out, and its answer is lost, until the saga turns back or is parked.
    AnswersLost(At),
    /// Each command arrives twice.
    Repeated(At),
    /// The commands that were carried out arrive once more when the saga has ended.
    RepeatedAtTheEnd(At),
    /// Every attempt is under way for so long that it arrives when the saga has ended, or is sent on by an operator.
    ArrivesAtTheEnd(At),
    /// The participant refuses.
    Refused(At),
    /// The first attempt is under way when a second is refused, and arrives when the saga has ended.
    RefusedAtTheSecondAttempt(At),
    /// The action of a compensated saga's end fails at first; what it wrote is rolled back.
    EndFailsOnce,
    /// The action of a compensated saga's end fails until the saga is parked.
    EndFailsForGood,
    /// The worker dies before its n-th commit.
    DiesBeforeCommit(usize),
    /// The worker dies after its n-th commit, before it hears of it.
    DiesAfterCommit(usize),
    /// The worker is paused before its n-th commit until its lease is gone and another has taken over; then it goes on.
    PausedBeforeCommit(usize),
}

/// A saga's course, and the fault on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Scenario {
    /// The course.
    pub course: Course,
    /// The fault.
    pub fault: Fault,
}

impl fmt::Display for Scenario {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fault {
            Fault::None => formatter.write_str("nothing goes wrong"),
            Fault::FailsOnce(at) => write!(formatter, "{at} fails once"),
            Fault::FailsForGood(at) => write!(formatter, "{at} fails for good"),
            Fault::Broken(at) => write!(formatter, "{at} is broken"),
            Fault::BrokenWhenDone(at) => write!(formatter, "{at} is done, and said to be broken"),
            Fault::AnswerLost(at) => write!(formatter, "{at} is done, and its answer is lost once"),
            Fault::AnswersLost(at) => write!(formatter, "{at} is done, and its answer is always lost"),
            Fault::Repeated(at) => write!(formatter, "each command of {at} arrives twice"),
            Fault::RepeatedAtTheEnd(at) => write!(formatter, "commands of {at} arrive again after the end"),
            Fault::ArrivesAtTheEnd(at) => write!(formatter, "{at} arrives after the end"),
            Fault::Refused(at) => write!(formatter, "{at} is refused"),
            Fault::RefusedAtTheSecondAttempt(at) => {
                write!(
                    formatter,
                    "a second attempt of {at} is refused, and the first arrives after the end"
                )
            }
            Fault::EndFailsOnce => formatter.write_str("the action of the end fails once"),
            Fault::EndFailsForGood => formatter.write_str("the action of the end fails for good"),
            Fault::DiesBeforeCommit(number) => write!(formatter, "the worker dies before commit {number}"),
            Fault::DiesAfterCommit(number) => write!(formatter, "the worker dies after commit {number}"),
            Fault::PausedBeforeCommit(number) => {
                write!(
                    formatter,
                    "the worker is paused before commit {number} until its lease is gone"
                )
            }
        }?;
        match self.course {
            Course::Forward => Ok(()),
            Course::Back => formatter.write_str(", and the saga turns back"),
        }
    }
}

/// The courses that a definition has.
pub(super) fn courses(definition: &ErasedDefinition) -> Vec<Course> {
    let back = definition.shape.pivot.map(|_| Course::Back);
    [Course::Forward].into_iter().chain(back).collect()
}

/// Everything that may go wrong at the steps of a definition, and at its end.
pub(super) fn step_faults(definition: &ErasedDefinition) -> Vec<Scenario> {
    let on = |course| move |fault| Scenario { course, fault };
    let forward = || places(definition, Direction::Forward);
    let backward = places(definition, Direction::Backward).flat_map(|(at, doing)| faults_of(at, doing));
    let passed = forward().filter(|(at, doing)| is_remote(doing) && is_before_pivot(definition, at.position));
    let passed = passed.map(|(at, _)| Fault::RepeatedAtTheEnd(at));
    let forward = forward().flat_map(|(at, doing)| faults_of(at, doing));
    let at_end = definition.when_compensated.iter();
    let at_end = at_end.flat_map(|_| [Fault::EndFailsOnce, Fault::EndFailsForGood]);
    let back = backward.chain(passed).chain(at_end).map(on(Course::Back));
    forward.map(on(Course::Forward)).chain(back).collect()
}

fn is_before_pivot(definition: &ErasedDefinition, position: usize) -> bool {
    definition.shape.pivot.is_some_and(|pivot| position < pivot)
}

fn is_remote(doing: &Doing) -> bool {
    matches!(doing, Doing::Remote(_))
}

/// The actions of all steps; or the compensations of those that a saga passes when it turns back.
fn places(definition: &ErasedDefinition, direction: Direction) -> impl Iterator<Item = (At, &Doing)> {
    let within = match direction {
        Direction::Forward => definition.steps.len(),
        Direction::Backward => definition.shape.pivot.map_or(0, |pivot| pivot + 1),
    };
    (0..within).filter_map(move |position| {
        let at = At {
            position,
            step: definition.steps[position].name,
            direction,
        };
        Some((at, definition.doing(position, direction)?))
    })
}

fn faults_of(at: At, doing: &Doing) -> Vec<Fault> {
    let mut faults = vec![Fault::FailsOnce(at), Fault::FailsForGood(at), Fault::Broken(at)];
    if is_remote(doing) {
        faults.extend([
            Fault::BrokenWhenDone(at),
            Fault::AnswerLost(at),
            Fault::AnswersLost(at),
            Fault::Repeated(at),
            Fault::RepeatedAtTheEnd(at),
            Fault::ArrivesAtTheEnd(at),
        ]);
    }
    if at.direction == Direction::Forward {
        faults.push(Fault::Refused(at));
        if is_remote(doing) {
            faults.push(Fault::RefusedAtTheSecondAttempt(at));
        }
    }
    faults
}
