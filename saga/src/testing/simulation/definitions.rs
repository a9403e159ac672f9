//! The definitions of a run, made up from its seed.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use diesel::QueryResult;
use diesel::result::Error as DatabaseError;

use super::chance::Chance;
use super::participants::{Participants, Refusals, SimulatedAction};
use super::process::Gate;
use crate::action::Outcome;
use crate::definition::{
    Doing, ErasedCommand, ErasedDefinition, ErasedLocalAction, ErasedOutcome, ErasedStep, Registry,
    Transaction,
};
use crate::state::Shape;
use crate::{Rejection, RetryPolicy};

const NAMES: [&str; 3] = ["first", "second", "third"];
const STEPS: [&str; 5] = ["step 0", "step 1", "step 2", "step 3", "step 4"];

/// Given up soon enough for both ways to be walked.
const ACTION: RetryPolicy = RetryPolicy {
    first_pause: Duration::from_millis(10),
    longest_pause: Duration::from_millis(200),
    deadline: Duration::from_millis(1_500),
};
/// Never given up.
const UNTIL_IT_SUCCEEDS: RetryPolicy = RetryPolicy {
    first_pause: Duration::from_millis(10),
    longest_pause: Duration::from_millis(300),
    deadline: Duration::from_secs(100_000),
};

pub(super) struct StepPlan {
    /// In the orchestrator's own database.
    pub(super) local: bool,
    pub(super) compensable: bool,
}

pub(super) struct Plan {
    pub(super) name: &'static str,
    pub(super) steps: Vec<StepPlan>,
    pub(super) pivot: Option<usize>,
}

impl Plan {
    fn make_up(chance: &Chance, name: &'static str) -> Self {
        let count = 1 + chance.below(STEPS.len() as u64) as usize;
        let pivot = (chance.below(6) > 0).then(|| chance.below(count as u64) as usize);
        let steps = (0..count).map(|position| {
            let local = chance.below(4) == 0;
            let compensable = match pivot {
                Some(pivot) if position == pivot => chance.below(2) == 0,
                Some(pivot) => position < pivot,
                None => false,
            };
            StepPlan {
                local,
                compensable: compensable && !local,
            }
        });
        Self {
            name,
            steps: steps.collect(),
            pivot,
        }
    }

    /// Up to the pivot a step may be refused.
    fn can_be_refused(&self, position: usize) -> bool {
        self.pivot.is_some_and(|pivot| position <= pivot)
    }

    fn refusals(&self, position: usize) -> Refusals {
        match (self.can_be_refused(position), self.steps[position].compensable) {
            (false, _) => Refusals::Never,
            (true, true) => Refusals::Changing,
            (true, false) => Refusals::Remembered,
        }
    }

    /// A pivot that cannot be undone has to be waited for.
    fn can_be_given_up(&self, position: usize) -> bool {
        let step = &self.steps[position];
        self.can_be_refused(position) && (step.local || step.compensable)
    }

    /// Which step's effect the compensation at a position undoes: its own, unless the order is broken on purpose.
    fn undone_at(&self, position: usize, reversed: bool) -> usize {
        let compensable: Vec<usize> = (0..self.steps.len())
            .filter(|position| self.steps[*position].compensable)
            .collect();
        match compensable.iter().position(|other| *other == position) {
            Some(index) if reversed => compensable[compensable.len() - 1 - index],
            _ => position,
        }
    }

    fn definition(&self, participants: &Participants, gate: &Gate) -> ErasedDefinition {
        let remote = |step: usize, undo: bool, refusals: Refusals| {
            Doing::Remote(Arc::new(SimulatedAction::new(
                participants.clone(),
                gate.clone(),
                step,
                undo,
                refusals,
            )))
        };
        let steps = self.steps.iter().enumerate().map(|(position, step)| {
            let refusable = self.can_be_refused(position);
            ErasedStep {
                name: STEPS[position],
                action: if step.local {
                    Doing::Local(Arc::new(LocalEffect {
                        chance: participants.chance.clone(),
                        effect: position,
                        refusable,
                    }))
                } else {
                    remote(position, false, self.refusals(position))
                },
                compensation: step.compensable.then(|| {
                    remote(
                        self.undone_at(position, participants.reversed()),
                        true,
                        Refusals::Never,
                    )
                }),
                retry: if self.can_be_given_up(position) {
                    ACTION
                } else {
                    UNTIL_IT_SUCCEEDS
                },
                retry_compensation: UNTIL_IT_SUCCEEDS,
            }
        });
        ErasedDefinition {
            name: self.name,
            version: 1,
            steps: steps.collect(),
            shape: Shape {
                compensable: self.steps.iter().map(|step| step.compensable).collect(),
                pivot: self.pivot,
            },
            when_compensated: Some(Arc::new(LocalEffect {
                chance: participants.chance.clone(),
                effect: AT_THE_END,
                refusable: false,
            })),
        }
    }
}

pub(super) struct Plans(Vec<Plan>);

impl Plans {
    pub(super) fn make_up(chance: &Chance) -> Self {
        Self(NAMES.iter().map(|name| Plan::make_up(chance, name)).collect())
    }

    pub(super) fn any(&self, chance: &Chance) -> &Plan {
        &self.0[chance.below(self.0.len() as u64) as usize]
    }

    pub(super) fn named(&self, name: &str) -> Option<&Plan> {
        self.0.iter().find(|plan| plan.name == name)
    }

    pub(super) fn registry(&self, participants: &Participants, gate: &Gate) -> Registry {
        let mut registry = Registry::default();
        for plan in &self.0 {
            registry.insert(plan.definition(participants, gate));
        }
        registry
    }
}

/// The effect of a saga's end, in place of a step.
pub(super) const AT_THE_END: usize = usize::MAX;

/// A local action: writes that it was there.
struct LocalEffect {
    chance: Chance,
    effect: usize,
    refusable: bool,
}

#[async_trait]
impl ErasedLocalAction for LocalEffect {
    async fn run(
        &self,
        transaction: &mut Transaction<'_>,
        batch: Vec<ErasedCommand>,
    ) -> QueryResult<Vec<ErasedOutcome>> {
        let Transaction::Simulated(effects) = transaction else {
            return Err(DatabaseError::NotInTransaction);
        };
        let outcomes = batch.into_iter().map(|command| {
            if self.refusable && self.chance.decides((command.saga.0, self.effect, "refused"), 15) {
                return Outcome::Rejected(Rejection {
                    code: "NO".to_owned(),
                    message: "it is refused".to_owned(),
                });
            }
            effects.0.push((command.saga.0, self.effect));
            Outcome::Done(command.state)
        });
        Ok(outcomes.collect())
    }
}
