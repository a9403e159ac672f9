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
        if items.len() > 1 {
            let mut commits = Vec::with_capacity(items.len());
            let second = items.split_off(items.len() / 2);
            for half in [items, second] {
                commits.extend(commit_or_split(store, worker, half).await?);
            }
            return Ok(commits);
        }
        match items.pop() {
            Some(item) => commit_failure(store, worker, item, &error).await,
            None => Ok(Vec::new()),
        }
    })
}

/// Writes that a step failed because of what it brought. Should what follows from that be refused as well, the saga is
/// left to a person.
async fn commit_failure(
    store: &dyn Store,
    worker: WorkerId,
    item: Item,
    error: &JournalError,
) -> Result<Vec<Commit>, JournalError> {
    tracing::warn!(saga = %item.snapshot.id, step = item.snapshot.step(), %error,
        "what came of a step cannot be journalled");
    let failed = Item {
        happened: Happened::Unwritable(cause(error)),
        ..item.clone()
    };
    match store.commit(worker, vec![failed]).await {
        Err(again) if !again.is_unreachable() => {
            let happened = Happened::Stuck(cause(&again));
            store.commit(worker, vec![Item { happened, ..item }]).await
        }
        answer => answer,
    }
}

/// What the database said, rather than what was tried.
fn cause(error: &JournalError) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}
