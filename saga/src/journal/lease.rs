//! Leases: who may drive sagas. The clock is the database's.

use std::time::Duration;

use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Integer, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;

use super::{Journal, JournalError};
use crate::WorkerId;

impl Journal {
    pub(super) async fn prolong(&self, worker: WorkerId, ttl: Duration) -> Result<bool, JournalError> {
        let (definitions, versions) = self.registry.keys();
        let renewed = sql_query(
            "INSERT INTO saga_workers (id, lease_until, definitions, versions)
             VALUES ($1, clock_timestamp() + $2 * interval '1 millisecond', $3, $4)
             ON CONFLICT (id) DO UPDATE SET lease_until = excluded.lease_until
             WHERE saga_workers.lease_until > clock_timestamp()",
        )
        .bind::<SqlUuid, _>(worker.0)
        .bind::<BigInt, _>(i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX))
        .bind::<Array<Text>, _>(definitions)
        .bind::<Array<Integer>, _>(versions)
        .execute(&mut self.connection().await?)
        .await
        .map_err(JournalError::Lease)?;
        Ok(renewed == 1)
    }

    pub(super) async fn free_from_the_dead(&self) -> Result<usize, JournalError> {
        sql_query(
            "UPDATE sagas SET owner = NULL, epoch = epoch + 1
             WHERE owner IS NOT NULL AND status IN ('RUNNING', 'COMPENSATING')
               AND NOT EXISTS (SELECT FROM saga_workers w
                               WHERE w.id = sagas.owner AND w.lease_until > clock_timestamp())",
        )
        .execute(&mut self.connection().await?)
        .await
        .map_err(JournalError::Lease)
    }

    pub(super) async fn hand_over(&self, worker: WorkerId) -> Result<usize, JournalError> {
        let mut connection = self.connection().await?;
        sql_query(
            "DELETE FROM saga_workers WHERE id = $1 OR lease_until < clock_timestamp() - interval '1 day'",
        )
        .bind::<SqlUuid, _>(worker.0)
        .execute(&mut connection)
        .await
        .map_err(JournalError::Lease)?;
        sql_query(
            "UPDATE sagas SET owner = NULL, epoch = epoch + 1
             WHERE owner = $1 AND status IN ('RUNNING', 'COMPENSATING')",
        )
        .bind::<SqlUuid, _>(worker.0)
        .execute(&mut connection)
        .await
        .map_err(JournalError::Lease)
    }
}
