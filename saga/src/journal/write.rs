//! The one statement that writes transitions of many sagas, each under its fence.
//!
//! Sagas are always found by their ids. The owner is compared by a `CASE`, which the planner cannot estimate: statistics of
//! a quiet moment know no owner, and a plain comparison would look so selective that it would read every saga in flight
//! for every saga of the batch.

use diesel::sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Snapshot;
use super::advance::{Advance, Entry};
use super::statement::Statement;
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
JOIN unnest(";
const LOCK_WHERE: &str = ") AS fence (id, epoch, entries)
  ON s.id = fence.id AND s.epoch = fence.epoch AND s.entries = fence.entries
WHERE CASE s.owner WHEN ";
const LOCK_IN_ORDER: &str = " THEN true ELSE false END
  AND EXISTS (SELECT FROM saga_workers w WHERE w.id = $4 AND w.lease_until > clock_timestamp())
ORDER BY s.id
FOR NO KEY UPDATE OF s";

/// Locks the sagas that this worker still drives, and tells which.
pub(super) async fn lock(
    connection: &mut AsyncPgConnection,
    worker: WorkerId,
    fences: &[Fence],
) -> QueryResult<Vec<Uuid>> {
    let held: Vec<Held> = Statement::new(LOCK)
        .bind::<Array<SqlUuid>, _>(fences.iter().map(|fence| fence.id).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(fences.iter().map(|fence| fence.epoch).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(fences.iter().map(|fence| fence.entries).collect::<Vec<_>>())
        .then(LOCK_WHERE)
        .bind::<SqlUuid, _>(worker.0)
        .then(LOCK_IN_ORDER)
        .get_results(connection)
        .await?;
    Ok(held.into_iter().map(|row| row.id).collect())
}

const TRANSITIONS: &str = "
WITH t AS (SELECT * FROM unnest(";
const ENTRIES: &str =
    ") AS t (id, epoch, entries_before, status, direction, position, step, attempts, state, rejection_code,
                rejection_message, last_error, pause_ms, moved, entries)),
e AS (SELECT * FROM unnest(";
const FENCE: &str = ") AS e (saga_id, entry, kind, step, direction, message)),
held AS (
    UPDATE sagas s
    SET status = t.status,
        direction = t.direction,
        position = t.position,
        step = t.step,
        attempts = t.attempts,
        state = coalesce(t.state::json, s.state),
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
    FROM t
    WHERE s.id = t.id AND s.epoch = t.epoch AND s.entries = t.entries_before AND CASE s.owner WHEN ";
const JOURNALLED: &str = " THEN true ELSE false END
      AND EXISTS (SELECT FROM saga_workers w WHERE w.id = $22 AND w.lease_until > clock_timestamp())
    RETURNING s.id, s.epoch),
journalled AS (
    INSERT INTO saga_journal (saga_id, entry, epoch, kind, step, direction, message)
    SELECT held.id, e.entry, held.epoch, e.kind, e.step, e.direction, e.message
    FROM e JOIN held ON held.id = e.saga_id)
SELECT id FROM held";

/// Writes the transitions whose fence still holds, and tells which.
pub(super) async fn write(
    connection: &mut AsyncPgConnection,
    worker: WorkerId,
    rows: &[(Fence, Advance)],
) -> QueryResult<Vec<Uuid>> {
    let entries: Vec<NumberedEntry<'_>> = rows.iter().flat_map(numbered).collect();
    let held: Vec<Held> = Statement::new(TRANSITIONS)
        .bind::<Array<SqlUuid>, _>(column(rows, |(fence, _)| fence.id))
        .bind::<Array<BigInt>, _>(column(rows, |(fence, _)| fence.epoch))
        .bind::<Array<Integer>, _>(column(rows, |(fence, _)| fence.entries))
        .bind::<Array<Text>, _>(column(rows, |(_, to)| to.snapshot.place.status.as_str()))
        .bind::<Array<Text>, _>(column(rows, |(_, to)| to.snapshot.place.direction.as_str()))
        .bind::<Array<Integer>, _>(column(rows, |(_, to)| to_integer(to.snapshot.place.position)))
        .bind::<Array<Text>, _>(column(rows, |(_, to)| to.snapshot.step()))
        .bind::<Array<Integer>, _>(column(rows, |(_, to)| to_integer(to.snapshot.place.attempts)))
        .bind::<Array<Nullable<Text>>, _>(column(rows, |(_, to)| to.learned.then_some(&*to.snapshot.state)))
        .bind::<Array<Nullable<Text>>, _>(column(rows, |(_, to)| {
            to.snapshot
                .rejection
                .as_ref()
                .map(|rejection| rejection.code.as_str())
        }))
        .bind::<Array<Nullable<Text>>, _>(column(rows, |(_, to)| {
            to.snapshot
                .rejection
                .as_ref()
                .map(|rejection| rejection.message.as_str())
        }))
        .bind::<Array<Nullable<Text>>, _>(column(rows, |(_, to)| to.snapshot.last_error.as_deref()))
        .bind::<Array<Nullable<BigInt>>, _>(column(rows, |(_, to)| {
            to.pause
                .map(|pause| i64::try_from(pause.as_millis()).unwrap_or(i64::MAX))
        }))
        .bind::<Array<Bool>, _>(column(rows, |(_, to)| to.moved))
        .bind::<Array<Integer>, _>(column(rows, |(_, to)| to.snapshot.entries))
        .then(ENTRIES)
        .bind::<Array<SqlUuid>, _>(column(&entries, |(saga, _, _)| *saga))
        .bind::<Array<Integer>, _>(column(&entries, |(_, number, _)| *number))
        .bind::<Array<Text>, _>(column(&entries, |(_, _, entry)| entry.kind.as_str()))
        .bind::<Array<Nullable<Text>>, _>(column(&entries, |(_, _, entry)| entry.step))
        .bind::<Array<Text>, _>(column(&entries, |(_, _, entry)| entry.direction.as_str()))
        .bind::<Array<Nullable<Text>>, _>(column(&entries, |(_, _, entry)| entry.message.as_deref()))
        .then(FENCE)
        .bind::<SqlUuid, _>(worker.0)
        .then(JOURNALLED)
        .get_results(connection)
        .await?;
    Ok(held.into_iter().map(|row| row.id).collect())
}

/// An entry of a saga's journal, with its number.
type NumberedEntry<'e> = (Uuid, i32, &'e Entry);

fn numbered((fence, advance): &(Fence, Advance)) -> impl Iterator<Item = NumberedEntry<'_>> {
    let numbers = fence.entries + 1..;
    numbers
        .zip(&advance.entries)
        .map(|(number, entry)| (fence.id, number, entry))
}

fn column<'r, R, T>(rows: &'r [R], value: impl Fn(&'r R) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

fn to_integer(number: impl TryInto<i32>) -> i32 {
    number.try_into().unwrap_or(i32::MAX)
}
