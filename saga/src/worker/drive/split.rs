//! A batch that the database refuses is halved until the row at fault stands alone, and fails alone.

use futures::future::BoxFuture;

use crate::journal::{Commit, Happened, Item};
use crate::store::Store;
use crate::{JournalError, WorkerId};

/// Commits a batch; the answers come in no particular order.
///
/// # Errors
/// Only where the database cannot be reached, or refuses even that a step failed: nothing may be assumed of any item then.
pub(super) fn commit_or_split<'a>(
    store: &'a dyn Store,
    worker: WorkerId,
    mut items: Vec<Item>,
) -> BoxFuture<'a, Result<Vec<Commit>, JournalError>> {
    Box::pin(async move {
        let error = match store.commit(worker, items.clone()).await {
            Ok(commits) => return Ok(commits),
            Err(error) if error.is_unreachable() => return Err(error),
            Err(error) => error,
        };
        let mut commits = Vec::with_capacity(items.len());
        if items.len() > 1 {
            let second = items.split_off(items.len() / 2);
            for half in [items, second] {
                commits.extend(commit_or_split(store, worker, half).await?);
            }
        } else {
            for item in items {
                tracing::warn!(saga = %item.snapshot.id, step = item.snapshot.step(), %error,
                    "what came of a step cannot be journalled");
                let happened = Happened::Unwritable(cause(&error));
                commits.extend(store.commit(worker, vec![Item { happened, ..item }]).await?);
            }
        }
        Ok(commits)
    })
}

/// What the database said, rather than what was tried.
fn cause(error: &JournalError) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}
