//! What waits in the outbox, watched apart from the relay: a relay that does not run shows nothing.

use diesel::sql_types::{BigInt, Double};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use tokio_util::sync::CancellationToken;

use super::topic::Topic;
use crate::application::GAUGES_EVERY;
use crate::database::Pool;

/// Counting stops here: an outbox that has grown for hours must not be read from end to end every few seconds.
const MOST: i64 = 10_000;

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = BigInt)]
    events: i64,
    #[diesel(sql_type = Double)]
    oldest_seconds: f64,
}

/// Keeps the outbox's gauges up to date until the token is cancelled.
pub(crate) async fn watch_outbox(pool: Pool, topic: Topic, shutdown: CancellationToken) {
    let watching = async {
        loop {
            match look(&pool).await {
                Ok(waiting) => {
                    metrics::gauge!("outbox_events", "topic" => topic.name()).set(waiting.events as f64);
                    metrics::gauge!("outbox_oldest_seconds", "topic" => topic.name())
                        .set(waiting.oldest_seconds);
                }
                Err(error) => tracing::debug!(topic = topic.name(), error, "the outbox cannot be counted"),
            }
            tokio::time::sleep(GAUGES_EVERY).await;
        }
    };
    let _stopped: Option<()> = shutdown.run_until_cancelled(watching).await;
}

async fn look(pool: &Pool) -> Result<Waiting, String> {
    let mut connection = pool.get().await.map_err(|error| error.to_string())?;
    let found = sql_query(
        "SELECT count(*) AS events,
                coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS oldest_seconds
         FROM (SELECT created_at FROM outbox ORDER BY position LIMIT $1) AS waiting",
    )
    .bind::<BigInt, _>(MOST)
    .get_result(&mut connection)
    .await;
    found.map_err(|error| error.to_string())
}
