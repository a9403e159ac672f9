//! A definition whose actions go wrong as a scenario says.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use diesel::QueryResult;
use diesel::result::Error as DatabaseError;

use super::scenario::{At, Course, Fault, Scenario};
use crate::action::{Outcome, Rejection};
use crate::definition::{
    Doing, ErasedAction, ErasedCommand, ErasedDefinition, ErasedLocalAction, ErasedOutcome, ErasedStep,
    RetryPolicy, Transaction,
};
use crate::state::Direction;

/// Spent within a test.
const QUICK: RetryPolicy = RetryPolicy {
    first_pause: Duration::from_millis(5),
    longest_pause: Duration::from_millis(50),
    deadline: Duration::from_millis(300),
};

/// What a saga's actions do in a scenario, and what is on its way.
pub(super) struct Faults {
    scenario: Scenario,
    /// Once an operator sends parked sagas on, what was broken works.
    over: AtomicBool,
    struck: AtomicBool,
    late: Mutex<Vec<Late>>,
}

/// Commands that arrive when all has ended.
type Late = (Arc<dyn ErasedAction>, Vec<ErasedCommand>);

impl Faults {
    pub(super) fn new(scenario: Scenario) -> Arc<Self> {
        Arc::new(Self {
            scenario,
            over: AtomicBool::new(false),
            struck: AtomicBool::new(false),
            late: Mutex::default(),
        })
    }

    pub(super) fn end(&self) {
        self.over.store(true, Ordering::Relaxed);
    }

    /// Lets everything arrive that is on its way.
    pub(super) async fn deliver_late(&self) {
        let late = std::mem::take(&mut *self.late.lock().unwrap_or_else(PoisonError::into_inner));
        for (action, commands) in late {
            action.run(commands).await;
        }
    }

    /// The definition, with its actions in these hands.
    pub(super) fn over(self: &Arc<Self>, definition: &ErasedDefinition) -> ErasedDefinition {
        let steps = definition.steps.iter().enumerate().map(|(position, step)| {
            let at = |direction| At {
                position,
                step: step.name,
                direction,
            };
            let pivot = definition.shape.pivot == Some(position);
            let turns_back = pivot && self.scenario.course == Course::Back;
            let undoable = step.compensation.is_some();
            let action = self.around(
                &step.action,
                at(Direction::Forward),
                turns_back.then_some(undoable),
            );
            let around = |compensation| self.around(compensation, at(Direction::Backward), None);
            ErasedStep {
                name: step.name,
                action,
                compensation: step.compensation.as_ref().map(around),
                retry: QUICK,
                retry_compensation: QUICK,
            }
        });
        ErasedDefinition {
            name: definition.name,
            version: definition.version,
            steps: steps.collect(),
            shape: definition.shape.clone(),
            when_compensated: definition.when_compensated.as_ref().map(|action| {
                let faults = Arc::clone(self);
                Arc::new(FaultyEnd {
                    action: Arc::clone(action),
                    faults,
                }) as _
            }),
        }
    }

    fn around(self: &Arc<Self>, doing: &Doing, at: At, turns_back: Option<bool>) -> Doing {
        let faults = Arc::clone(self);
        match doing {
            Doing::Remote(action) => Doing::Remote(Arc::new(Faulty {
                action: Arc::clone(action),
                at,
                turns_back,
                faults,
            })),
            Doing::Local(action) => Doing::Local(Arc::new(Faulty {
                action: Arc::clone(action),
                at,
                turns_back,
                faults,
            })),
        }
    }

    /// Whether this is the first time.
    fn strikes(&self) -> bool {
        !self.struck.swap(true, Ordering::Relaxed)
    }

    fn keep(&self, action: &Arc<dyn ErasedAction>, commands: Vec<ErasedCommand>) {
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        late.push((Arc::clone(action), commands));
    }
}

struct Faulty<A: ?Sized> {
    action: Arc<A>,
    at: At,
    /// Whether the saga turns back here, and whether it can be undone then.
    turns_back: Option<bool>,
    faults: Arc<Faults>,
}

impl<A: ?Sized> Faulty<A> {
    /// What is wrong here and now.
    fn fault(&self) -> Fault {
        if self.faults.over.load(Ordering::Relaxed) {
            return Fault::None;
        }
        match (self.faults.scenario.fault, self.turns_back) {
            (_, Some(true)) => Fault::FailsForGood(self.at),
            (_, Some(false)) => Fault::Refused(self.at),
            (
                fault @ (Fault::FailsOnce(at)
                | Fault::FailsForGood(at)
                | Fault::Broken(at)
                | Fault::BrokenWhenDone(at)
                | Fault::AnswerLost(at)
                | Fault::AnswersLost(at)
                | Fault::Repeated(at)
                | Fault::RepeatedAtTheEnd(at)
                | Fault::ArrivesAtTheEnd(at)
                | Fault::Refused(at)
                | Fault::RefusedAtTheSecondAttempt(at)),
                None,
            ) if at == self.at => fault,
            _ => Fault::None,
        }
    }
}

#[async_trait]
impl ErasedAction for Faulty<dyn ErasedAction> {
    async fn run(&self, batch: Vec<ErasedCommand>) -> Vec<ErasedOutcome> {
        let count = batch.len();
        match self.fault() {
            Fault::FailsOnce(_) if self.faults.strikes() => failure(count),
            Fault::FailsForGood(_) => failure(count),
            Fault::Broken(_) => breakage(count),
            Fault::BrokenWhenDone(_) => {
                self.action.run(batch).await;
                breakage(count)
            }
            Fault::AnswerLost(_) if self.faults.strikes() => {
                self.action.run(batch).await;
                failure(count)
            }
            Fault::AnswersLost(_) => {
                self.action.run(batch).await;
                failure(count)
            }
            Fault::Repeated(_) => {
                self.action.run(batch.clone()).await;
                self.action.run(batch).await
            }
            Fault::RepeatedAtTheEnd(_) => {
                let outcomes = self.action.run(batch.clone()).await;
                let done = batch
                    .into_iter()
                    .zip(&outcomes)
                    .filter(|(_, outcome)| matches!(outcome, Outcome::Done(_)));
                self.faults
                    .keep(&self.action, done.map(|(command, _)| command).collect());
                outcomes
            }
            Fault::ArrivesAtTheEnd(_) => {
                self.faults.keep(&self.action, batch);
                failure(count)
            }
            Fault::RefusedAtTheSecondAttempt(_) if self.faults.strikes() => {
                self.faults.keep(&self.action, batch);
                failure(count)
            }
            Fault::Refused(_) | Fault::RefusedAtTheSecondAttempt(_) => refusal(count),
            _ => self.action.run(batch).await,
        }
    }
}

#[async_trait]
impl ErasedLocalAction for Faulty<dyn ErasedLocalAction> {
    async fn run(
        &self,
        transaction: &mut Transaction<'_>,
        batch: Vec<ErasedCommand>,
    ) -> QueryResult<Vec<ErasedOutcome>> {
        let count = batch.len();
        let rolled_back = match self.fault() {
            Fault::FailsOnce(_) => self.faults.strikes(),
            Fault::FailsForGood(_) => true,
            Fault::Refused(_) => return Ok(refusal(count)),
            Fault::Broken(_) => return Ok(breakage(count)),
            _ => false,
        };
        let outcomes = self.action.run(transaction, batch).await?;
        if rolled_back {
            return Err(DatabaseError::RollbackTransaction);
        }
        Ok(outcomes)
    }
}

/// The action of a compensated saga's end.
struct FaultyEnd {
    action: Arc<dyn ErasedLocalAction>,
    faults: Arc<Faults>,
}

#[async_trait]
impl ErasedLocalAction for FaultyEnd {
    async fn run(
        &self,
        transaction: &mut Transaction<'_>,
        batch: Vec<ErasedCommand>,
    ) -> QueryResult<Vec<ErasedOutcome>> {
        let outcomes = self.action.run(transaction, batch).await?;
        let rolled_back = match self.faults.scenario.fault {
            Fault::EndFailsOnce => self.faults.strikes(),
            Fault::EndFailsForGood => !self.faults.over.load(Ordering::Relaxed),
            _ => false,
        };
        if rolled_back {
            return Err(DatabaseError::RollbackTransaction);
        }
        Ok(outcomes)
    }
}

fn failure(count: usize) -> Vec<ErasedOutcome> {
    vec![Outcome::Failed("the scenario's fault".to_owned()); count]
}

fn breakage(count: usize) -> Vec<ErasedOutcome> {
    vec![Outcome::Broken("the scenario's defect".to_owned()); count]
}

fn refusal(count: usize) -> Vec<ErasedOutcome> {
    let rejection = Rejection {
        code: "REFUSED".to_owned(),
        message: "the scenario's refusal".to_owned(),
    };
    vec![Outcome::Rejected(rejection); count]
}
