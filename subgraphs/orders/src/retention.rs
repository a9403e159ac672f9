//! Forgets sagas that ended long ago, a few at a time. Orders stay: what became of them is in their rows.

use std::time::Duration;

use saga::Journal;
use service::error_chain;
use tokio_util::sync::CancellationToken;

const BATCH: u32 = 500;
const PAUSE: Duration = Duration::from_secs(60);

/// Deletes what ended longer ago than `age`, now and then, until the token is cancelled; errors are logged, and it goes on.
pub(crate) async fn prune(journal: Journal, age: Duration, shutdown: CancellationToken) {
    metrics::describe_counter!("saga_pruned_total", "Ended sagas forgotten for their age");
    let pruning = async {
        loop {
            match journal.prune(age, BATCH).await {
                Ok(gone) => {
                    metrics::counter!("saga_pruned_total").increment(gone as u64);
                    if gone == BATCH as usize {
                        continue;
                    }
                }
                Err(error) => tracing::warn!(error = error_chain(&error), "ended sagas are not deleted"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let _stopped: Option<()> = shutdown.run_until_cancelled(pruning).await;
}
