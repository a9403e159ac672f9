//! The one way in which a worker comes by sagas that it did not start itself: due, recovered, handed over.

use std::time::Duration;

use diesel::sql_types::{Array, BigInt, Double, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::row::{COLUMNS, SnapshotRow};
use super::{Journal, JournalError, Snapshot};
use crate::WorkerId;

impl Journal {
    pub(super) async fn claim_due(
        &self,
        worker: WorkerId,
        most: usize,
    ) -> Result<Vec<Snapshot>, JournalError> {
        let (names, versions) = self.registry.keys();
        let claim = format!(
            "WITH due AS (
                SELECT d.id FROM sagas d
                WHERE d.owner IS NULL AND d.status IN ('RUNNING', 'COMPENSATING')
                  AND d.next_attempt_at <= clock_timestamp()
                  AND (d.definition, d.version) IN (SELECT * FROM unnest($2, $3))
                  AND EXISTS (SELECT FROM saga_workers w WHERE w.id = $1 AND w.lease_until > clock_timestamp())
                ORDER BY d.next_attempt_at
                LIMIT $4
                FOR NO KEY UPDATE SKIP LOCKED)
             UPDATE sagas s SET owner = $1, epoch = s.epoch + 1, updated_at = clock_timestamp() FROM due WHERE s.id = due.id
             RETURNING {COLUMNS}"
        );
        let rows: Vec<SnapshotRow> = sql_query(claim)
            .bind::<SqlUuid, _>(worker.0)
            .bind::<Array<Text>, _>(names)
            .bind::<Array<Integer>, _>(versions)
            .bind::<BigInt, _>(i64::try_from(most).unwrap_or(i64::MAX))
            .get_results(&mut self.connection().await?)
            .await
            .map_err(JournalError::Claim)?;
        self.snapshots(rows)
    }

    pub(super) async fn driven_among(
        &self,
        worker: WorkerId,
        ids: Vec<Uuid>,
    ) -> Result<Vec<Snapshot>, JournalError> {
        let rows: Vec<SnapshotRow> = sql_query(format!(
            "SELECT {COLUMNS} FROM sagas s WHERE s.id = ANY ($1) AND s.owner = $2"
        ))
        .bind::<Array<SqlUuid>, _>(ids)
        .bind::<SqlUuid, _>(worker.0)
        .get_results(&mut self.connection().await?)
        .await
        .map_err(JournalError::Claim)?;
        self.snapshots(rows)
    }

    pub(super) async fn idle_since(
        &self,
        worker: WorkerId,
        since: Duration,
    ) -> Result<Vec<Snapshot>, JournalError> {
        let rows: Vec<SnapshotRow> = sql_query(format!(
            "SELECT {COLUMNS} FROM sagas s
             WHERE s.owner = $1 AND s.status IN ('RUNNING', 'COMPENSATING')
               AND s.updated_at < clock_timestamp() - $2 * interval '1 second'"
        ))
        .bind::<SqlUuid, _>(worker.0)
        .bind::<Double, _>(since.as_secs_f64())
        .get_results(&mut self.connection().await?)
        .await
        .map_err(JournalError::Claim)?;
        self.snapshots(rows)
    }

    fn snapshots(&self, rows: Vec<SnapshotRow>) -> Result<Vec<Snapshot>, JournalError> {
        let snapshots = rows.into_iter().map(|row| row.into_snapshot(&self.registry));
        Ok(snapshots
            .collect::<Result<Vec<_>, _>>()?
            .into_iter()
            .flatten()
            .collect())
    }

    pub(super) async fn until_next_due(&self) -> Result<Option<Duration>, JournalError> {
        #[derive(QueryableByName)]
        struct Due {
            #[diesel(sql_type = Nullable<Double>)]
            seconds: Option<f64>,
        }
        let (names, versions) = self.registry.keys();
        let due: Due = sql_query(
            "SELECT extract(epoch FROM min(next_attempt_at) - clock_timestamp())::float8 AS seconds
             FROM sagas WHERE owner IS NULL AND status IN ('RUNNING', 'COMPENSATING')
               AND (definition, version) IN (SELECT * FROM unnest($1, $2))",
        )
        .bind::<Array<Text>, _>(names)
        .bind::<Array<Integer>, _>(versions)
        .get_result(&mut self.connection().await?)
        .await
        .map_err(JournalError::Claim)?;
        Ok(due
            .seconds
            .map(|seconds| Duration::from_secs_f64(seconds.max(0.0))))
    }
}
