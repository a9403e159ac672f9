//! The inbox's end: rows of events that cannot come again are forgotten.
//!
//! Invariant: a row outlives every record of its event. Kafka keeps a record for [`RETENTION_DAYS`]; one that was put aside
//! waits for up to [`DEAD_LETTER_RETENTION_DAYS`], and is then kept as long again where it went back to its topic. So a row
//! is kept for longer than both together.

use std::str::FromStr;
use std::time::Duration;

use diesel::QueryResult;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Double};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tokio_util::sync::CancellationToken;

use super::broker::{DEAD_LETTER_RETENTION_DAYS, RETENTION_DAYS};
use crate::ServiceName;
use crate::database::Pool;

const BATCH: u32 = 1_000;
const PAUSE: Duration = Duration::from_secs(60);
const SHORTEST_DAYS: u16 = RETENTION_DAYS + DEAD_LETTER_RETENTION_DAYS + 1;
const DEFAULT_DAYS: u16 = 45;
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// How long inbox rows are kept; longer than any record of their event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InboxRetention(Duration);

impl Default for InboxRetention {
    fn default() -> Self {
        Self(DAY * u32::from(DEFAULT_DAYS))
    }
}

/// A time that is too short: an event could come again and take effect twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no number of days from {SHORTEST_DAYS} on: Kafka could deliver an event again that is forgotten")]
pub struct TooShort;

impl FromStr for InboxRetention {
    type Err = TooShort;

    fn from_str(days: &str) -> Result<Self, TooShort> {
        let days: u16 = days.parse().map_err(|_| TooShort)?;
        if days < SHORTEST_DAYS {
            return Err(TooShort);
        }
        Ok(Self(DAY * u32::from(days)))
    }
}

/// Forgets rows that are older, now and then, until the token is cancelled; errors are logged, and it goes on.
pub async fn sweep_inbox(
    service: ServiceName,
    pool: Pool,
    retention: InboxRetention,
    shutdown: CancellationToken,
) {
    let sweeping = async {
        loop {
            match sweep(&pool, retention).await {
                Ok(gone) => {
                    metrics::counter!("inbox_pruned_total", "service" => service.as_str())
                        .increment(gone as u64);
                    if gone == BATCH as usize {
                        continue;
                    }
                }
                Err(error) => tracing::warn!(%service, error, "old inbox rows are not deleted"),
            }
            tokio::time::sleep(PAUSE).await;
        }
    };
    let _stopped: Option<()> = shutdown.run_until_cancelled(sweeping).await;
}

async fn sweep(pool: &Pool, retention: InboxRetention) -> Result<usize, String> {
    let mut connection = pool.get().await.map_err(|error| error.to_string())?;
    let gone = prune_inbox(&mut connection, retention, BATCH).await;
    gone.map_err(|error| error.to_string())
}

/// Forgets the oldest of the rows that are older, at most so many; how many.
///
/// # Errors
/// The database's.
pub async fn prune_inbox(
    connection: &mut AsyncPgConnection,
    retention: InboxRetention,
    most: u32,
) -> QueryResult<usize> {
    sql_query(
        "DELETE FROM inbox WHERE (consumer, event_id) IN (
             SELECT consumer, event_id FROM inbox
             WHERE consumed_at < now() - $1 * interval '1 second'
             ORDER BY consumed_at LIMIT $2 FOR UPDATE SKIP LOCKED)",
    )
    .bind::<Double, _>(retention.0.as_secs_f64())
    .bind::<BigInt, _>(i64::from(most))
    .execute(connection)
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inbox_outlives_the_records_of_its_events() {
        for days in ["0", "7", "30", "37", "-1", "a month"] {
            assert_eq!(days.parse::<InboxRetention>(), Err(TooShort), "{days}");
        }
        assert_eq!("45".parse(), Ok(InboxRetention::default()));
        assert_eq!("38".parse(), Ok(InboxRetention(38 * DAY)));
    }
}
