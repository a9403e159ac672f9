//! Transitions of many sagas, as decisions: what is to be committed, which local steps run within the transaction, how
//! each saga stands afterwards. What is read and written is the store's part.

use std::collections::{BTreeMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use diesel::QueryResult;
use diesel::result::Error as DatabaseError;
use futures::FutureExt;
use opentelemetry::context::FutureExt as _;

use super::Snapshot;
use super::advance::Advance;
use super::write::Fence;
use crate::action::Outcome;
use crate::definition::{Doing, ErasedLocalAction, ErasedOutcome, Transaction};
use crate::meters::Step;
use crate::state::{IllegalTransition, Status};
use crate::trace::Attempts;

/// What happened to a saga whose step was due.
#[derive(Clone)]
pub(crate) enum Happened {
    /// Nothing yet: the step is local, and runs within the commit.
    Due,
    /// What came of the step.
    Came(ErasedOutcome),
    /// What came of the step cannot be journalled: the step failed.
    Unwritable(String),
    /// Nor can that: the saga cannot go on.
    Stuck(String),
}

/// A saga to be committed.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) snapshot: Snapshot,
    pub(crate) happened: Happened,
    /// When, and how far a pause is drawn out, from 0 to 1.
    pub(crate) at: Instant,
    pub(crate) jitter: f64,
}

impl Item {
    /// How much room it takes in a batch, about.
    pub(crate) fn bytes(&self) -> usize {
        match &self.happened {
            Happened::Came(Outcome::Done(state) | Outcome::Again { state, .. }) => state.len(),
            _ => self.snapshot.bytes(),
        }
    }
}

/// How a saga stands after its commit.
pub(crate) enum Commit {
    /// This worker goes on with it.
    Driving(Snapshot),
    /// It waits, unowned, until it is due.
    Waiting(crate::SagaId),
    /// It ended, or was parked.
    AtRest(Snapshot),
    /// Somebody else drives it, or the answer of an earlier try of this commit was lost: to be looked up.
    Fenced(Fence),
}

/// A saga's next place, and what it was computed from.
pub(crate) type Transition = (Fence, Advance);

/// The transitions of a batch, before local steps run.
pub(crate) fn transitions(items: Vec<Item>) -> QueryResult<Vec<Transition>> {
    let transition = |item: Item| {
        let fence = Fence::of(&item.snapshot);
        let mut advance = Advance::of(item.snapshot, item.at, item.jitter);
        match item.happened {
            Happened::Due => {}
            Happened::Came(outcome) => take(&mut advance, outcome)?,
            Happened::Unwritable(message) => take(&mut advance, Outcome::Failed(message))?,
            Happened::Stuck(message) => advance.stick(message).map_err(defect)?,
        }
        Ok((fence, advance))
    };
    items.into_iter().map(transition).collect()
}

fn take(advance: &mut Advance, outcome: ErasedOutcome) -> QueryResult<()> {
    advance.take(outcome).map_err(defect)
}

/// An illegal transition is a defect of the worker; the row is treated as one that the database refuses.
fn defect(illegal: IllegalTransition) -> DatabaseError {
    DatabaseError::QueryBuilderError(Box::new(illegal))
}

pub(crate) fn number_entries(transitions: &mut [Transition]) {
    for (fence, advance) in transitions {
        advance.snapshot.entries = fence.entries + i32::try_from(advance.entries.len()).unwrap_or(i32::MAX);
    }
}

pub(crate) fn settled(advance: Advance) -> Commit {
    match (advance.snapshot.place.is_live(), advance.pause) {
        (true, None) => Commit::Driving(advance.snapshot),
        (true, Some(_)) => Commit::Waiting(advance.snapshot.id),
        (false, _) => Commit::AtRest(advance.snapshot),
    }
}

/// The local action that is due at once: of the step, or of the end.
pub(crate) fn local_step(advance: &Advance) -> Option<(LocalKey, &Arc<dyn ErasedLocalAction>)> {
    if advance.pause.is_some() {
        return None;
    }
    let snapshot = &advance.snapshot;
    if snapshot.place.status == Status::Compensated {
        return snapshot
            .definition
            .when_compensated
            .as_ref()
            .map(|action| (key(snapshot, true), action));
    }
    match snapshot.due() {
        Some(Doing::Local(action)) => Some((key(snapshot, false), action)),
        _ => None,
    }
}

/// Definition, version, position, and whether it is the action of the end.
type LocalKey = (&'static str, i32, usize, bool);

fn key(snapshot: &Snapshot, end: bool) -> LocalKey {
    (
        snapshot.definition.name,
        snapshot.definition.version,
        snapshot.place.position,
        end,
    )
}

/// Runs the local steps that are due, and those that are due after them, each for all its sagas at once. The attempts are
/// told of when they are dropped: once the transaction is over.
pub(crate) async fn run_local_steps(
    transaction: &mut Transaction<'_>,
    transitions: &mut [Transition],
    made: &mut Vec<Attempts>,
) -> QueryResult<()> {
    let mut ended: HashSet<usize> = HashSet::new();
    loop {
        let mut groups: BTreeMap<LocalKey, (Arc<dyn ErasedLocalAction>, Vec<usize>)> = BTreeMap::new();
        for (index, (_, advance)) in transitions.iter().enumerate() {
            if let Some((key, action)) = local_step(advance).filter(|_| !ended.contains(&index)) {
                groups
                    .entry(key)
                    .or_insert_with(|| (Arc::clone(action), Vec::new()))
                    .1
                    .push(index);
            }
        }
        if groups.is_empty() {
            return Ok(());
        }
        for ((.., end), (action, indexes)) in groups {
            let sagas = indexes.iter().map(|index| &transitions[*index].1.snapshot);
            let mut attempts = Attempts::begin(sagas.clone());
            let commands = sagas.enumerate();
            let commands = commands
                .map(|(index, saga)| attempts.command(index, saga))
                .collect();
            let running = action.run(transaction, commands).with_context(attempts.lead());
            // A panic is a defect of the action; its rows are treated as ones that the database refuses.
            let began = Instant::now();
            let running = AssertUnwindSafe(running).catch_unwind();
            let outcomes = running.await.unwrap_or(Err(DatabaseError::RollbackTransaction));
            for (index, outcome) in outcomes.iter().flatten().enumerate().take(indexes.len()) {
                attempts.came(index, outcome);
            }
            made.push(attempts);
            let outcomes = outcomes?;
            let first = &transitions[indexes[0]].1.snapshot;
            let step = if end {
                Step::when_compensated(first)
            } else {
                Step::due(first)
            };
            let had_failed = |index: &&usize| transitions[**index].1.snapshot.place.attempts > 0;
            step.ran(
                began.elapsed(),
                indexes.iter().filter(had_failed).count(),
                &outcomes,
            );
            for (index, outcome) in indexes.into_iter().zip(outcomes) {
                if !end {
                    take(&mut transitions[index].1, outcome)?;
                } else if matches!(outcome, ErasedOutcome::Done(_)) {
                    ended.insert(index);
                } else {
                    // The end of a compensated saga is no decision: nobody is left to turn back for.
                    return Err(DatabaseError::RollbackTransaction);
                }
            }
        }
    }
}
