//! Commits what came of steps: many sagas in one transaction, local steps within it.

use std::collections::{HashMap, HashSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use diesel::QueryResult;
use diesel::result::{DatabaseErrorKind, Error as DatabaseError};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use futures::FutureExt;
use futures::future::BoxFuture;
use uuid::Uuid;

use super::advance::Advance;
pub(crate) use super::write::Fence;
use super::write::{lock, write};
use super::{Journal, JournalError, Snapshot};
use crate::WorkerId;
use crate::definition::{Doing, ErasedLocalAction, ErasedOutcome};
use crate::state::Status;

/// What came of the step that was due; nothing where that step is local and is to be run now.
#[derive(Clone)]
pub(crate) struct Item {
    pub(crate) snapshot: Snapshot,
    pub(crate) outcome: Option<ErasedOutcome>,
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

impl Journal {
    /// Commits a batch; the answers come in no particular order.
    ///
    /// # Errors
    /// Only where the database cannot be reached: nothing may be assumed of any item then.
    pub(crate) async fn commit(
        &self,
        worker: WorkerId,
        items: Vec<Item>,
    ) -> Result<Vec<Commit>, JournalError> {
        let mut connection = self.connection().await?;
        commit_or_split(&mut connection, worker, items).await
    }
}

/// A batch that the database refuses is halved until the row at fault stands alone.
fn commit_or_split(
    connection: &mut AsyncPgConnection,
    worker: WorkerId,
    mut items: Vec<Item>,
) -> BoxFuture<'_, Result<Vec<Commit>, JournalError>> {
    Box::pin(async move {
        let error = match commit_together(connection, worker, items.clone()).await {
            Ok(commits) => return Ok(commits),
            Err(error) if is_unreachable(&error) => return Err(JournalError::Commit(error)),
            Err(error) => error,
        };
        if items.len() > 1 {
            let mut commits = Vec::with_capacity(items.len());
            let second = items.split_off(items.len() / 2);
            for half in [items, second] {
                commits.extend(commit_or_split(connection, worker, half).await?);
            }
            return Ok(commits);
        }
        let mut commits = Vec::new();
        for item in items {
            tracing::warn!(saga = %item.snapshot.id, step = item.snapshot.step(), %error,
                "what came of a step cannot be journalled");
            commits.extend(commit_failure(connection, worker, item.snapshot, &error).await?);
        }
        Ok(commits)
    })
}

/// The database cannot be reached, as opposed to: it refuses these rows.
fn is_unreachable(error: &DatabaseError) -> bool {
    match error {
        DatabaseError::DatabaseError(kind, _) => {
            matches!(
                kind,
                DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection
            )
        }
        DatabaseError::BrokenTransactionManager => true,
        _ => false,
    }
}

async fn commit_together(
    connection: &mut AsyncPgConnection,
    worker: WorkerId,
    items: Vec<Item>,
) -> QueryResult<Vec<Commit>> {
    let mut transitions = Vec::with_capacity(items.len());
    for Item { snapshot, outcome } in items {
        let fence = fence_of(&snapshot);
        let mut advance = Advance::of(snapshot);
        if let Some(outcome) = outcome {
            take(&mut advance, outcome)?;
        }
        transitions.push((fence, advance));
    }
    let held = if transitions
        .iter()
        .any(|(_, advance)| local_step(advance).is_some())
    {
        connection
            .transaction(async |connection| {
                let fences: Vec<Fence> = transitions.iter().map(|(fence, _)| *fence).collect();
                let held: HashSet<Uuid> = lock(connection, worker, &fences).await?.into_iter().collect();
                transitions.retain(|(fence, _)| held.contains(&fence.id));
                run_local_steps(connection, &mut transitions).await?;
                number_entries(&mut transitions);
                let written = write(connection, worker, &transitions).await?;
                let fenced = fences.iter().copied().filter(|fence| !held.contains(&fence.id));
                // The rows are locked: what was held is written, unless the lease ran out in this very moment.
                if written.len() == transitions.len() {
                    Ok((written, fenced.collect()))
                } else {
                    Err(DatabaseError::RollbackTransaction)
                }
            })
            .await
    } else {
        number_entries(&mut transitions);
        write(connection, worker, &transitions)
            .await
            .map(|held| (held, Vec::new()))
    };
    let (held, fenced): (Vec<Uuid>, Vec<Fence>) = held?;
    let held: HashSet<Uuid> = held.into_iter().collect();
    let written = transitions.into_iter().map(|(fence, advance)| {
        if held.contains(&fence.id) {
            settled(advance)
        } else {
            Commit::Fenced(fence)
        }
    });
    Ok(written.chain(fenced.into_iter().map(Commit::Fenced)).collect())
}

/// Writes that a step failed because of what it brought; nothing local runs.
async fn commit_failure(
    connection: &mut AsyncPgConnection,
    worker: WorkerId,
    snapshot: Snapshot,
    error: &DatabaseError,
) -> Result<Vec<Commit>, JournalError> {
    let fence = fence_of(&snapshot);
    let mut advance = Advance::of(snapshot);
    advance
        .fail_to_journal(error.to_string(), rand::random())
        .map_err(|illegal| JournalError::Commit(DatabaseError::QueryBuilderError(Box::new(illegal))))?;
    let mut transitions = vec![(fence, advance)];
    number_entries(&mut transitions);
    let held = write(connection, worker, &transitions)
        .await
        .map_err(JournalError::Commit)?;
    Ok(transitions
        .into_iter()
        .map(|(fence, advance)| {
            if held.is_empty() {
                Commit::Fenced(fence)
            } else {
                settled(advance)
            }
        })
        .collect())
}

fn fence_of(snapshot: &Snapshot) -> Fence {
    Fence {
        id: snapshot.id.0,
        epoch: snapshot.epoch,
        entries: snapshot.entries,
    }
}

/// An illegal transition is a defect of the worker; the row is treated as one that the database refuses.
fn take(advance: &mut Advance, outcome: ErasedOutcome) -> QueryResult<()> {
    advance
        .take(outcome, rand::random())
        .map_err(|illegal| DatabaseError::QueryBuilderError(Box::new(illegal)))
}

fn number_entries(transitions: &mut [(Fence, Advance)]) {
    for (fence, advance) in transitions {
        advance.snapshot.entries = fence.entries + i32::try_from(advance.entries.len()).unwrap_or(i32::MAX);
    }
}

fn settled(advance: Advance) -> Commit {
    match (advance.snapshot.place.is_live(), advance.pause) {
        (true, None) => Commit::Driving(advance.snapshot),
        (true, Some(_)) => Commit::Waiting(advance.snapshot.id),
        (false, _) => Commit::AtRest(advance.snapshot),
    }
}

/// The local action that is due at once: of the step, or of the end.
fn local_step(advance: &Advance) -> Option<(LocalKey, &Arc<dyn ErasedLocalAction>)> {
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

/// Runs the local steps that are due, and those that are due after them, each for all its sagas at once.
async fn run_local_steps(
    connection: &mut AsyncPgConnection,
    transitions: &mut [(Fence, Advance)],
) -> QueryResult<()> {
    let mut ended: HashSet<usize> = HashSet::new();
    loop {
        let mut groups: HashMap<LocalKey, (Arc<dyn ErasedLocalAction>, Vec<usize>)> = HashMap::new();
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
            let commands = indexes
                .iter()
                .map(|index| transitions[*index].1.snapshot.command())
                .collect();
            // A panic is a defect of the action; its rows are treated as ones that the database refuses.
            let running = AssertUnwindSafe(action.run(connection, commands)).catch_unwind();
            let outcomes = running.await.unwrap_or(Err(DatabaseError::RollbackTransaction))?;
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
