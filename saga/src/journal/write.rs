//! The one statement that writes transitions of many sagas, each under its fence.

use diesel::sql_types::{Array, BigInt, Bool, Integer, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Snapshot;
use super::advance::Advance;
use crate::WorkerId;

/// What a transition was computed from: it is written only onto exactly that.
#[derive(Clone, Copy)]
pub(crate) struct Fence {
    pub(crate) id: Uuid,
    pub(crate) epoch: i64,
    pub(crate) entries: i32,
}

impl Fence {
    pub(crate) fn of(snapshot: &Snapshot) -> Self {
        Self {
            id: snapshot.id.0,
            epoch: snapshot.epoch,
            entries: snapshot.entries,
        }
    }
}

#[derive(QueryableByName)]
struct Held {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

const LOCK: &str = "
SELECT s.id
FROM sagas s
JOIN unnest($1, $2, $3) AS fence (id, epoch, entries)
  ON s.id = fence.id AND s.epoch = fence.epoch AND s.entries = fence.entries
WHERE s.owner = $4
  AND EXISTS (SELECT FROM saga_workers w WHERE w.id = $4 AND w.lease_until > clock_timestamp())
ORDER BY s.id
FOR NO KEY UPDATE OF s";

/// Locks the sagas that this worker still drives, and tells which.
pub(super) async fn lock(
    connection: &mut AsyncPgConnection,
    worker: WorkerId,
    fences: &[Fence],
) -> QueryResult<Vec<Uuid>> {
    let held: Vec<Held> = sql_query(LOCK)
        .bind::<Array<SqlUuid>, _>(fences.iter().map(|fence| fence.id).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(fences.iter().map(|fence| fence.epoch).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(fences.iter().map(|fence| fence.entries).collect::<Vec<_>>())
        .bind::<SqlUuid, _>(worker.0)
        .get_results(connection)
        .await?;
    Ok(held.into_iter().map(|row| row.id).collect())
}

const WRITE: &str = "
WITH held AS (
    UPDATE sagas s
    SET status = t.status,
        direction = t.direction,
        position = t.position,
        step = t.step,
        attempts = t.attempts,
        state = t.state,
        rejection_code = t.rejection_code,
        rejection_message = t.rejection_message,
        last_error = t.last_error,
        owner = CASE WHEN t.status IN ('RUNNING', 'COMPENSATING') AND t.pause_ms IS NULL THEN s.owner END,
        next_attempt_at = CASE WHEN t.pause_ms IS NULL THEN s.next_attempt_at
                               ELSE clock_timestamp() + t.pause_ms * interval '1 millisecond' END,
        step_began_at = CASE WHEN t.moved THEN clock_timestamp() ELSE s.step_began_at END,
        entries = t.entries,
        updated_at = clock_timestamp(),
        ended_at = CASE WHEN t.status IN ('COMPLETED', 'COMPENSATED', 'ABANDONED') THEN clock_timestamp() END
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
         AS t (id, epoch, entries_before, status, direction, position, step, attempts, state, rejection_code,
               rejection_message, last_error, pause_ms, moved, entries)
    WHERE s.id = t.id AND s.epoch = t.epoch AND s.entries = t.entries_before AND s.owner = $16
      AND EXISTS (SELECT FROM saga_workers w WHERE w.id = $16 AND w.lease_until > clock_timestamp())
    RETURNING s.id, s.epoch),
journalled AS (
    INSERT INTO saga_journal (saga_id, entry, epoch, kind, step, direction, message)
    SELECT held.id, e.entry, held.epoch, e.kind, e.step, e.direction, e.message
    FROM unnest($17, $18, $19, $20, $21, $22) AS e (saga_id, entry, kind, step, direction, message)
    JOIN held ON held.id = e.saga_id)
SELECT id FROM held";

/// Writes the transitions whose fence still holds, and tells which.
pub(super) async fn write(
    connection: &mut AsyncPgConnection,
    worker: WorkerId,
    transitions: &[(Fence, Advance)],
) -> QueryResult<Vec<Uuid>> {
    fn column<T>(rows: &[(Fence, Advance)], value: impl Fn(&Fence, &Advance) -> T) -> Vec<T> {
        rows.iter()
            .map(|(fence, advance)| value(fence, advance))
            .collect()
    }
    let rows = transitions;
    let entries: Vec<_> = rows
        .iter()
        .flat_map(|(fence, advance)| {
            (fence.entries + 1..)
                .zip(&advance.entries)
                .map(|entry| (fence.id, entry))
        })
        .collect();
    let held: Vec<Held> = sql_query(WRITE)
        .bind::<Array<SqlUuid>, _>(column(rows, |fence, _| fence.id))
        .bind::<Array<BigInt>, _>(column(rows, |fence, _| fence.epoch))
        .bind::<Array<Integer>, _>(column(rows, |fence, _| fence.entries))
        .bind::<Array<Text>, _>(column(rows, |_, to| to.snapshot.place.status.as_str()))
        .bind::<Array<Text>, _>(column(rows, |_, to| to.snapshot.place.direction.as_str()))
        .bind::<Array<Integer>, _>(column(rows, |_, to| {
            i32::try_from(to.snapshot.place.position).unwrap_or(i32::MAX)
        }))
        .bind::<Array<Text>, _>(column(rows, |_, to| to.snapshot.step()))
        .bind::<Array<Integer>, _>(column(rows, |_, to| {
            i32::try_from(to.snapshot.place.attempts).unwrap_or(i32::MAX)
        }))
        .bind::<Array<Jsonb>, _>(column(rows, |_, to| to.snapshot.state.clone()))
        .bind::<Array<Nullable<Text>>, _>(column(rows, |_, to| {
            to.snapshot
                .rejection
                .as_ref()
                .map(|rejection| rejection.code.clone())
        }))
        .bind::<Array<Nullable<Text>>, _>(column(rows, |_, to| {
            to.snapshot
                .rejection
                .as_ref()
                .map(|rejection| rejection.message.clone())
        }))
        .bind::<Array<Nullable<Text>>, _>(column(rows, |_, to| to.snapshot.last_error.clone()))
        .bind::<Array<Nullable<BigInt>>, _>(column(rows, |_, to| {
            to.pause
                .map(|pause| i64::try_from(pause.as_millis()).unwrap_or(i64::MAX))
        }))
        .bind::<Array<Bool>, _>(column(rows, |_, to| to.moved))
        .bind::<Array<Integer>, _>(column(rows, |_, to| to.snapshot.entries))
        .bind::<SqlUuid, _>(worker.0)
        .bind::<Array<SqlUuid>, _>(entries.iter().map(|(saga, _)| *saga).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(entries.iter().map(|(_, (number, _))| *number).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(
            entries
                .iter()
                .map(|(_, (_, entry))| entry.kind.as_str())
                .collect::<Vec<_>>(),
        )
        .bind::<Array<Nullable<Text>>, _>(
            entries
                .iter()
                .map(|(_, (_, entry))| entry.step)
                .collect::<Vec<_>>(),
        )
        .bind::<Array<Text>, _>(
            entries
                .iter()
                .map(|(_, (_, entry))| entry.direction.as_str())
                .collect::<Vec<_>>(),
        )
        .bind::<Array<Nullable<Text>>, _>(
            entries
                .iter()
                .map(|(_, (_, entry))| entry.message.as_deref())
                .collect::<Vec<_>>(),
        )
        .get_results(connection)
        .await?;
    Ok(held.into_iter().map(|row| row.id).collect())
}
