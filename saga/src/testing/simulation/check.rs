//! What sagas promise, whatever happened; held against what participants and the database say at the end.

use std::fmt;

use uuid::Uuid;

use super::database::{Database, Row};
use super::definitions::{AT_THE_END, Plan, Plans};
use super::participants::{Change, Participants};
use crate::state::Status;

/// A promise that was not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    saga: Option<Uuid>,
    what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.saga {
            Some(saga) => write!(formatter, "saga {saga}: {}", self.what),
            None => formatter.write_str(&self.what),
        }
    }
}

/// Of a saga's status, what its starter was told.
pub(super) type Told = (Uuid, Status);

pub(super) fn check(
    plans: &Plans,
    database: &Database,
    participants: &Participants,
    told: &[Told],
) -> Vec<Violation> {
    let mut violations = Vec::new();
    let sagas = database.sagas();
    for (id, row) in &sagas {
        let Some(plan) = plans.named(row.definition) else {
            continue;
        };
        let wrong = Saga {
            id: *id,
            row,
            plan,
            database,
            participants,
        }
        .wrong();
        violations.extend(wrong.into_iter().map(|what| Violation {
            saga: Some(*id),
            what,
        }));
    }
    for id in database.changed_after_end() {
        violations.push(Violation {
            saga: Some(id),
            what: "it changed after it had ended".to_owned(),
        });
    }
    for (id, status) in told {
        let stands = database.status(*id);
        if stands != Some(*status) {
            violations.push(Violation {
                saga: Some(*id),
                what: format!("its starter was told {status}, it stands at {stands:?}"),
            });
        }
    }
    for id in participants.sagas() {
        if database.status(id).is_none() {
            violations.push(Violation {
                saga: Some(id),
                what: "it has effects, and was never started".to_owned(),
            });
        }
    }
    violations
}

struct Saga<'a> {
    id: Uuid,
    row: &'a Row,
    plan: &'a Plan,
    database: &'a Database,
    participants: &'a Participants,
}

impl Saga<'_> {
    fn wrong(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        match self.row.place.status {
            Status::Completed => self.completed(&mut wrong),
            Status::Compensated => self.compensated(&mut wrong),
            // Nothing in a run justifies a person: all that failed works again.
            status => wrong.push(format!("it came to rest {status}")),
        }
        self.order(&mut wrong);
        wrong
    }

    fn completed(&self, wrong: &mut Vec<String>) {
        for step in 0..self.plan.steps.len() {
            let effects = self.effects(step);
            if effects != 1 {
                wrong.push(format!("it is completed, and step {step} stands {effects} times"));
            }
        }
        let ends = self.database.local_effects(self.id, AT_THE_END);
        if ends != 0 {
            wrong.push(format!("it is completed, and compensated {ends} times"));
        }
    }

    fn compensated(&self, wrong: &mut Vec<String>) {
        let pivot = self.plan.pivot.unwrap_or_default();
        for (step, plan) in self.plan.steps.iter().enumerate() {
            let effects = self.effects(step);
            if effects > 0 && plan.compensable {
                wrong.push(format!(
                    "it is compensated, and step {step} stands {effects} times"
                ));
            }
            if effects > 0 && step > pivot {
                wrong.push(format!(
                    "it is compensated, and step {step} after its pivot was done"
                ));
            }
            if effects > 1 {
                wrong.push(format!("step {step} was done {effects} times"));
            }
        }
        let ends = self.database.local_effects(self.id, AT_THE_END);
        if ends != 1 {
            wrong.push(format!("it was compensated {ends} times"));
        }
    }

    fn effects(&self, step: usize) -> u32 {
        if self.plan.steps[step].local {
            self.database.local_effects(self.id, step)
        } else {
            self.participants.effects(self.id, step)
        }
    }

    /// Effects come in the order of the steps, and go in the reverse order.
    fn order(&self, wrong: &mut Vec<String>) {
        let changes = self.participants.changes(self.id);
        let in_order = |pair: &[Change]| match (pair[0], pair[1]) {
            (Change::Done(first), Change::Done(second)) => first < second,
            (Change::Done(first), Change::Undone(second)) => second <= first,
            (Change::Undone(first), Change::Undone(second)) => second < first,
            (Change::Undone(_), Change::Done(_)) => false,
        };
        if !changes.windows(2).all(in_order) {
            wrong.push(format!("effects came and went out of order: {changes:?}"));
        }
    }
}
