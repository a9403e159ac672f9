//! Participants behind a network that loses, delays, repeats and reorders. What is on its way arrives, whatever becomes of
//! who sent it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::Flaw;
use super::chance::Chance;
use super::process::Gate;
use crate::Rejection;
use crate::action::Outcome;
use crate::definition::{ErasedAction, ErasedCommand, ErasedOutcome};

/// An effect that came to be, or was undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Done(usize),
    Undone(usize),
}

#[derive(Default)]
struct Kept {
    effects: u32,
    tombstone: bool,
    waited: u32,
}

#[derive(Default)]
struct Books {
    kept: BTreeMap<(Uuid, usize), Kept>,
    changes: BTreeMap<Uuid, Vec<Change>>,
}

/// How a participant refuses.
#[derive(Clone, Copy)]
pub(super) enum Refusals {
    /// Never.
    Never,
    /// As it can at that moment: seats come free again, and are taken.
    Changing,
    /// For good: it remembers.
    Remembered,
}

impl Refusals {
    fn refuse(self, chance: &Chance, what: (Uuid, usize)) -> bool {
        match self {
            Self::Never => false,
            Self::Changing => chance.below(100) < 15,
            Self::Remembered => chance.decides(what, 15),
        }
    }
}

/// The participants of all steps.
#[derive(Clone)]
pub(super) struct Participants {
    pub(super) chance: Chance,
    books: Arc<Mutex<Books>>,
}

impl Participants {
    pub(super) fn new(chance: Chance) -> Self {
        Self {
            chance,
            books: Arc::default(),
        }
    }

    pub(super) fn reversed(&self) -> bool {
        self.chance.has(Flaw::CompensationOrder)
    }

    /// How often a step's effect stands.
    pub(super) fn effects(&self, saga: Uuid, step: usize) -> u32 {
        self.lock().kept.get(&(saga, step)).map_or(0, |kept| kept.effects)
    }

    /// What became of a saga's effects, in order.
    pub(super) fn changes(&self, saga: Uuid) -> Vec<Change> {
        self.lock().changes.get(&saga).cloned().unwrap_or_default()
    }

    /// All sagas that ever had an effect.
    pub(super) fn sagas(&self) -> Vec<Uuid> {
        self.lock().changes.keys().copied().collect()
    }

    fn act(&self, command: ErasedCommand, step: usize, refusals: Refusals) -> ErasedOutcome {
        let saga = command.saga.0;
        let mut books = self.lock();
        let books = &mut *books;
        let kept = books.kept.entry((saga, step)).or_default();
        if kept.tombstone {
            return refuse("it was undone already");
        }
        if kept.effects > 0 && !self.chance.has(Flaw::NotIdempotent) {
            return Outcome::Done(command.state);
        }
        if refusals.refuse(&self.chance, (saga, step)) {
            return refuse("it is refused");
        }
        if self.chance.decides((saga, step, "waits"), 10) && kept.waited < 2 {
            kept.waited += 1;
            return Outcome::Again {
                state: command.state,
                after: self.chance.milliseconds(1, 300),
            };
        }
        kept.effects += 1;
        books.changes.entry(saga).or_default().push(Change::Done(step));
        self.chance.say(&format!("{saga} step {step} has its effect"));
        Outcome::Done(command.state)
    }

    fn undo(&self, command: ErasedCommand, step: usize) -> ErasedOutcome {
        let saga = command.saga.0;
        let mut books = self.lock();
        let books = &mut *books;
        let kept = books.kept.entry((saga, step)).or_default();
        kept.tombstone = !self.chance.has(Flaw::NoTombstone);
        if std::mem::take(&mut kept.effects) > 0 {
            books.changes.entry(saga).or_default().push(Change::Undone(step));
            self.chance.say(&format!("{saga} step {step} is undone"));
        }
        Outcome::Done(command.state)
    }

    fn lock(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refuse(message: &str) -> ErasedOutcome {
    Outcome::Rejected(Rejection {
        code: "NO".to_owned(),
        message: message.to_owned(),
    })
}

/// An action, or a compensation, as a process sends it.
pub(super) struct SimulatedAction {
    participants: Participants,
    gate: Gate,
    step: usize,
    undo: bool,
    refusals: Refusals,
}

impl SimulatedAction {
    pub(super) fn new(
        participants: Participants,
        gate: Gate,
        step: usize,
        undo: bool,
        refusals: Refusals,
    ) -> Self {
        Self {
            participants,
            gate,
            step,
            undo,
            refusals,
        }
    }

    /// Has a batch arrive after a while.
    fn deliver(&self, batch: Vec<ErasedCommand>, answer: Option<oneshot::Sender<Vec<ErasedOutcome>>>) {
        let (participants, step, undo, refusals) =
            (self.participants.clone(), self.step, self.undo, self.refusals);
        // What cannot be given up would need a person.
        let can_be_given_up = !undo && matches!(refusals, Refusals::Changing);
        tokio::spawn(async move {
            let chance = &participants.chance;
            let delay = if chance.fault(0.1) { 1_500 } else { 10 };
            chance.time.sleep(chance.milliseconds(1, delay)).await;
            let outcomes = batch.into_iter().map(|command| {
                if chance.fault(0.08) {
                    return Outcome::Failed("it broke before it did anything".to_owned());
                }
                if can_be_given_up && chance.fault(0.02) {
                    return Outcome::Broken("it does not understand".to_owned());
                }
                let outcome = if undo {
                    participants.undo(command, step)
                } else {
                    participants.act(command, step, refusals)
                };
                if chance.fault(0.08) {
                    return Outcome::Failed("it broke after it did its work".to_owned());
                }
                outcome
            });
            let outcomes = outcomes.collect();
            let delay = if chance.fault(0.05) { 1_000 } else { 10 };
            chance.time.sleep(chance.milliseconds(1, delay)).await;
            if let Some(answer) = answer {
                let _nobody_waits = answer.send(outcomes);
            }
        });
    }
}

#[async_trait]
impl ErasedAction for SimulatedAction {
    async fn run(&self, batch: Vec<ErasedCommand>) -> Vec<ErasedOutcome> {
        self.gate.pass().await;
        let chance = &self.participants.chance;
        if chance.fault(0.1) {
            self.deliver(batch.clone(), None);
        }
        let (sender, answer) = oneshot::channel();
        let lost = chance.fault(0.05);
        self.deliver(batch, (!lost).then_some(sender));
        let answer = answer.await;
        self.gate.pass().await;
        match answer {
            Ok(outcomes) => outcomes,
            // The answer is lost.
            Err(_) => std::future::pending().await,
        }
    }
}
