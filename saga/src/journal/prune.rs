//! Forgets sagas that ended long ago.
//!
//! Kept for good, whatever their age: what is live or parked; what a person gave up, since its journal is the only record
//! of who and why; and children of a saga that has not ended.

use std::time::Duration;

use diesel::sql_query;
use diesel::sql_types::{BigInt, Double};
use diesel_async::RunQueryDsl;

use super::{Journal, JournalError};

const PRUNE: &str = "
WITH old AS (
    SELECT s.id FROM sagas s
    WHERE s.ended_at < clock_timestamp() - $1 * interval '1 second'
      AND s.status IN ('COMPLETED', 'COMPENSATED')
      AND NOT EXISTS (SELECT FROM sagas p WHERE p.id = s.parent AND p.ended_at IS NULL)
    ORDER BY s.ended_at
    LIMIT $2
    FOR UPDATE OF s SKIP LOCKED),
journal AS (
    DELETE FROM saga_journal j USING old WHERE j.saga_id = old.id)
DELETE FROM sagas s USING old WHERE s.id = old.id";

impl Journal {
    /// Forgets sagas that completed, or were compensated, longer ago than `age`, with their journals: the oldest, at most
    /// so many; how many. Several processes may do so at the same time.
    ///
    /// # Errors
    /// [`JournalError`].
    pub async fn prune(&self, age: Duration, most: u32) -> Result<usize, JournalError> {
        sql_query(PRUNE)
            .bind::<Double, _>(age.as_secs_f64())
            .bind::<BigInt, _>(i64::from(most))
            .execute(&mut self.connection().await?)
            .await
            .map_err(JournalError::Prune)
    }
}
