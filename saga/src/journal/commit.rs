//! Commits transitions of many sagas in one transaction, local steps within it.

use std::collections::HashSet;

use diesel::QueryResult;
use diesel::result::Error as DatabaseError;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use uuid::Uuid;

use super::transition::{
    Commit, Item, Transition, local_step, number_entries, run_local_steps, settled, transitions,
};
use super::write::{Fence, lock, write};
use super::{Journal, JournalError, is_unreachable};
use crate::WorkerId;
use crate::definition::Transaction;
use crate::trace::Attempts;

impl Journal {
    pub(super) async fn commit_together(
        &self,
        worker: WorkerId,
        items: Vec<Item>,
    ) -> Result<Vec<Commit>, JournalError> {
        let mut connection = self.connection().await?;
        let transitions = transitions(items).map_err(JournalError::Commit)?;
        let committed = if transitions
            .iter()
            .any(|(_, advance)| local_step(advance).is_some())
        {
            match with_local_steps(&mut connection, worker, transitions.clone()).await {
                // It may be that some are another's by now: the others go on.
                Err(error) if !is_unreachable(&error) => {
                    with_local_steps_of_held(&mut connection, worker, transitions).await
                }
                committed => committed,
            }
        } else {
            alone(&mut connection, worker, transitions).await
        };
        committed.map_err(JournalError::Commit)
    }
}

/// One statement: no local step is due.
async fn alone(
    connection: &mut AsyncPgConnection,
    worker: WorkerId,
    mut transitions: Vec<Transition>,
) -> QueryResult<Vec<Commit>> {
    number_entries(&mut transitions);
    let held: HashSet<Uuid> = write(connection, worker, &transitions)
        .await?
        .into_iter()
        .collect();
    let commits = transitions.into_iter().map(|(fence, advance)| {
        if held.contains(&fence.id) {
            settled(advance)
        } else {
            Commit::Fenced(fence)
        }
    });
    Ok(commits.collect())
}

/// Local steps run for all, and the write at the end, which all of it hangs on, tells that all are this worker's: as a
/// rule they are, and need not be locked for it.
async fn with_local_steps(
    connection: &mut AsyncPgConnection,
    worker: WorkerId,
    mut transitions: Vec<Transition>,
) -> QueryResult<Vec<Commit>> {
    let mut attempts = Vec::new();
    let committed = connection
        .transaction(async |connection| {
            run_local_steps(
                &mut Transaction::Postgres(connection),
                &mut transitions,
                &mut attempts,
            )
            .await?;
            number_entries(&mut transitions);
            if write(connection, worker, &transitions).await?.len() != transitions.len() {
                return Err(DatabaseError::RollbackTransaction);
            }
            Ok(transitions
                .into_iter()
                .map(|(_, advance)| settled(advance))
                .collect())
        })
        .await;
    told(committed, &attempts)
}

/// The rows are locked first: a local step runs only for sagas that are still this worker's.
async fn with_local_steps_of_held(
    connection: &mut AsyncPgConnection,
    worker: WorkerId,
    mut transitions: Vec<Transition>,
) -> QueryResult<Vec<Commit>> {
    let mut attempts = Vec::new();
    let committed = connection
        .transaction(async |connection| {
            let fences: Vec<Fence> = transitions.iter().map(|(fence, _)| *fence).collect();
            let held: HashSet<Uuid> = lock(connection, worker, &fences).await?.into_iter().collect();
            transitions.retain(|(fence, _)| held.contains(&fence.id));
            run_local_steps(
                &mut Transaction::Postgres(connection),
                &mut transitions,
                &mut attempts,
            )
            .await?;
            number_entries(&mut transitions);
            // What was held is written, unless the lease ran out in this very moment.
            if write(connection, worker, &transitions).await?.len() != transitions.len() {
                return Err(DatabaseError::RollbackTransaction);
            }
            let fenced = fences.into_iter().filter(|fence| !held.contains(&fence.id));
            let settled = transitions.into_iter().map(|(_, advance)| settled(advance));
            Ok(settled.chain(fenced.map(Commit::Fenced)).collect())
        })
        .await;
    told(committed, &attempts)
}

/// What was tried in a transaction that came to nothing came to nothing.
fn told<T>(committed: QueryResult<T>, attempts: &[Attempts]) -> QueryResult<T> {
    if committed.is_err() {
        attempts.iter().for_each(Attempts::rolled_back);
    }
    committed
}
