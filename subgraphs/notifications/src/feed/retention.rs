//! Forgets entries that are older than a setting, a few at a time.

use std::time::Duration;

use service::database::Pool;
use tokio_util::sync::CancellationToken;

use super::FeedError;
use crate::model::feed_entry;

const BATCH: i64 = 1_000;
const PAUSE: Duration = Duration::from_secs(60);

/// Deletes what is older than `age`, now and then, until the token is cancelled; errors are logged, and it goes on.
pub async fn sweep(pool: Pool, age: Duration, shutdown: CancellationToken) {
    let sweeping = async {
        loop {
            match forget_batch(&pool, age).await {
                Ok(gone) if gone == BATCH as usize => continue,
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "old feed entries are not deleted"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let _stopped: Option<()> = shutdown.run_until_cancelled(sweeping).await;
}

async fn forget_batch(pool: &Pool, age: Duration) -> Result<usize, FeedError> {
    let mut connection = pool.get().await?;
    Ok(feed_entry::forget(&mut connection, age, BATCH).await?)
}
