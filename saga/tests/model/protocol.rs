//! The model: how a protocol begins and goes on, and what may be wrong with it.

use saga::Status;
use saga::state::{Event, Place, Shape, apply};
use stateright::{Model, Property};

use crate::journal::{Journal, Write};
use crate::properties::properties;
use crate::step::Step;
use crate::system::{System, WORKERS};
use crate::worker::{Owner, Report, Worker};

/// Where the pivot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pivot {
    /// A step in the orchestrator's own database.
    Local,
    /// At the participant. It cannot be undone, and the participant remembers what it refused.
    Remote,
}

/// What is broken on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    NoFence,
    FenceWithoutEntries,
    NoTombstones,
    NoIdempotency,
    UndoneFromTheFirstStep,
    RefusedStepsAreNotUndone,
    RefusalsOfThePivotAreForgotten,
    PivotInDoubtIsTurnedBackFrom,
}

/// Flight and hotel at the participant, which can be undone; then the pivot.
const FLIGHT: usize = 0;
const CONFIRM: usize = 2;

#[derive(Clone, Debug)]
pub struct Protocol {
    pub faults: u8,
    pub flaw: Option<Flaw>,
    pub pivot: Pivot,
    pub shape: Shape,
}

impl Protocol {
    pub fn new(pivot: Pivot, faults: u8) -> Self {
        Self {
            faults,
            flaw: None,
            pivot,
            shape: Shape {
                compensable: vec![true, true, false],
                pivot: Some(CONFIRM),
            },
        }
    }

    pub fn is_local(&self, place: Place) -> bool {
        place.is_live() && place.position == CONFIRM && self.pivot == Pivot::Local
    }

    pub fn refusals_are_remembered(&self, position: usize) -> bool {
        position == CONFIRM && self.flaw != Some(Flaw::RefusalsOfThePivotAreForgotten)
    }

    /// Where the saga stands after a worker's report, and whether it waits there to be claimed again.
    pub fn after(&self, write: &Write) -> (Place, bool) {
        let event = match write.report {
            Report::Due => return (write.place, false),
            Report::Done => Event::Succeeded,
            Report::Refused => Event::Rejected,
            Report::Failed { spent: true }
                if self.flaw == Some(Flaw::PivotInDoubtIsTurnedBackFrom)
                    && write.place.position == CONFIRM =>
            {
                Event::Rejected
            }
            Report::Failed { spent: true } => Event::Exhausted,
            Report::Failed { spent: false } => Event::RetryScheduled,
        };
        let mut place = apply(&self.shape, write.place, event).unwrap();
        if self.flaw == Some(Flaw::UndoneFromTheFirstStep)
            && (write.place.status, place.status) == (Status::Running, Status::Compensating)
        {
            place.position = FLIGHT;
        }
        if self.flaw == Some(Flaw::RefusedStepsAreNotUndone)
            && write.report == Report::Refused
            && (place.status, place.position) == (Status::Compensating, write.place.position)
        {
            place = apply(&self.shape, place, Event::Succeeded).unwrap();
        }
        (place, event == Event::RetryScheduled)
    }
}

fn take<T: PartialEq>(items: &mut Vec<T>, item: &T) {
    let index = items.iter().position(|other| other == item).unwrap();
    items.remove(index);
}

/// In an order of their own: what is on its way has none.
fn sort(system: &mut System) {
    system
        .commands
        .sort_by_key(|command| (command.by, command.epoch, command.entries));
    system
        .writes
        .sort_by_key(|write| (write.by, write.epoch, write.entries, write.report));
}

impl Model for Protocol {
    type State = System;
    type Action = Step;

    fn init_states(&self) -> Vec<System> {
        let workers: Vec<Owner> = (0..WORKERS).map(|worker| Owner { worker, life: 0 }).collect();
        [Some(workers[0]), None]
            .into_iter()
            .map(|owner| {
                let mut system = System {
                    journal: Journal::new(owner, workers.clone()),
                    workers: [Worker::NEW; WORKERS],
                    books: Default::default(),
                    commands: Vec::new(),
                    writes: Vec::new(),
                    faults_left: self.faults,
                };
                if let Some(owner) = owner {
                    system.go_on(self, owner.worker, false);
                }
                system
            })
            .collect()
    }

    fn actions(&self, system: &System, steps: &mut Vec<Step>) {
        let from = steps.len();
        system.communication(self, steps);
        system.life_and_death(steps);
        if system.faults_left == 0 {
            let mut index = 0;
            steps.retain(|step| {
                index += 1;
                index <= from || !system.is_fault(step)
            });
        }
    }

    fn next_state(&self, before: &System, step: Step) -> Option<System> {
        let mut system = before.clone();
        system.faults_left -= u8::from(before.is_fault(&step));
        match step {
            Step::Arrive(command, decision) => {
                take(&mut system.commands, &command);
                system.arrive(self, &command, decision);
            }
            Step::ArriveAndStay(command, decision) => system.arrive(self, &command, decision),
            Step::TimeOut { worker, spent } => {
                let driven = system.workers[worker].driven?;
                system.report(worker, driven, Report::Failed { spent });
            }
            Step::Commit(write, local) => {
                take(&mut system.writes, &write);
                system.commit(self, &write, local);
            }
            Step::Disconnect(worker) => system.writes.push(system.workers[worker].driven?.committing?),
            Step::Expire(owner) => {
                system.journal.leases.remove(&owner);
            }
            Step::Renew(worker) | Step::Restart(worker) => {
                system.workers[worker].begin_new_life();
                system.journal.leases.insert(system.owner_of(worker));
            }
            Step::Crash(worker) => {
                system.workers[worker].alive = false;
                system.workers[worker].driven = None;
            }
            Step::Free => system.journal.hand_to(None),
            Step::Claim(worker) => {
                system.journal.hand_to(Some(system.owner_of(worker)));
                system.go_on(self, worker, false);
            }
            Step::Resume => system.operate(Event::Resumed),
            Step::Abandon => system.operate(Event::Abandoned),
        }
        sort(&mut system);
        Some(system)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        properties()
    }
}
