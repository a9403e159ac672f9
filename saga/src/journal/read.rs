//! The journal as a person reads it.

use std::borrow::Cow;
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Bool, Double, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::{Journal, JournalError};
use crate::state::Status;

/// A saga as it stands.
#[derive(Clone, Debug, QueryableByName)]
pub struct SagaRecord {
    /// Its id.
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    /// The definition's name.
    #[diesel(sql_type = Text)]
    pub definition: String,
    /// The definition's version.
    #[diesel(sql_type = Integer)]
    pub version: i32,
    /// What it is about.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub subject: Option<Uuid>,
    /// The saga that started it.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub parent: Option<Uuid>,
    /// A word of [`Status`].
    #[diesel(sql_type = Text)]
    pub status: String,
    /// A word of [`crate::Direction`].
    #[diesel(sql_type = Text)]
    pub direction: String,
    /// The step that is due, or was last.
    #[diesel(sql_type = Text)]
    pub step: String,
    /// Failed attempts of that step.
    #[diesel(sql_type = Integer)]
    pub attempts: i32,
    /// When the next attempt is due.
    #[diesel(sql_type = Timestamptz)]
    pub next_attempt_at: DateTime<Utc>,
    /// What went wrong last.
    #[diesel(sql_type = Nullable<Text>)]
    pub last_error: Option<String>,
    /// The trace that it began in.
    #[diesel(sql_type = Nullable<Text>)]
    pub traceparent: Option<String>,
    /// When it began.
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
    /// When it last moved.
    #[diesel(sql_type = Timestamptz)]
    pub updated_at: DateTime<Utc>,
    /// Whether it is live and no process knows its definition in its version.
    #[diesel(sql_type = Bool)]
    pub unknown: bool,
}

impl SagaRecord {
    /// The status to show: what no process can drive shows as parked, although nothing in its row says so. It goes on by
    /// itself once a process that knows its version runs.
    #[must_use]
    pub fn shown_status(&self) -> &str {
        if self.unknown {
            Status::Parked.as_str()
        } else {
            &self.status
        }
    }

    /// Why it does not go on: that no process knows its version, or what went wrong last.
    #[must_use]
    pub fn reason(&self) -> Option<Cow<'_, str>> {
        if self.unknown {
            let reason = format!("no process knows {} version {}", self.definition, self.version);
            return Some(Cow::Owned(reason));
        }
        self.last_error.as_deref().map(Cow::Borrowed)
    }
}

/// An entry of a saga's journal.
#[derive(Clone, Debug, QueryableByName)]
pub struct JournalEntry {
    /// The saga.
    #[diesel(sql_type = SqlUuid)]
    pub saga_id: Uuid,
    /// What the saga is about.
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub subject: Option<Uuid>,
    /// The saga's definition.
    #[diesel(sql_type = Text)]
    pub definition: String,
    /// When it happened.
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
    /// What happened.
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// At which step.
    #[diesel(sql_type = Nullable<Text>)]
    pub step: Option<String>,
    /// A word of [`crate::Direction`].
    #[diesel(sql_type = Text)]
    pub direction: String,
    /// What was said of it.
    #[diesel(sql_type = Nullable<Text>)]
    pub message: Option<String>,
    /// The person behind it.
    #[diesel(sql_type = Nullable<Text>)]
    pub actor: Option<String>,
    /// Whether its step had succeeded before: what is undone may never have been done.
    #[diesel(sql_type = Bool)]
    pub done_before: bool,
}

/// Which sagas to list.
#[derive(Clone, Debug, Default)]
pub struct SagaFilter {
    /// Of this definition.
    pub definition: Option<String>,
    /// At this step.
    pub step: Option<String>,
    /// Shown with this status ([`SagaRecord::shown_status`]).
    pub status: Option<Status>,
    /// Live or parked, and not moved for so long.
    pub stuck_for: Option<Duration>,
}

/// Which part of a list, in the order of ids.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// Only those after it.
    pub after: Option<Uuid>,
    /// Only those before it.
    pub before: Option<Uuid>,
    /// From the end.
    pub backward: bool,
    /// At most so many.
    pub limit: i64,
}

const SAGA: &str =
    "id, definition, version, subject, parent, status, direction, step, attempts, next_attempt_at,
    last_error, traceparent, created_at, updated_at, id IN (SELECT id FROM sagas_unknown) AS unknown";
const ENTRY: &str =
    "j.saga_id, s.subject, s.definition, j.at, j.kind, j.step, j.direction, j.message, j.actor,
    EXISTS (SELECT FROM saga_journal d WHERE d.saga_id = j.saga_id AND d.entry < j.entry AND d.step = j.step
            AND d.kind = 'STEP_SUCCEEDED') AS done_before";

impl Journal {
    /// Sagas by their ids.
    ///
    /// # Errors
    /// [`JournalError`].
    pub async fn sagas(&self, ids: &[Uuid]) -> Result<Vec<SagaRecord>, JournalError> {
        sql_query(format!("SELECT {SAGA} FROM sagas WHERE id = ANY ($1)"))
            .bind::<Array<SqlUuid>, _>(ids)
            .get_results(&mut self.connection().await?)
            .await
            .map_err(JournalError::Read)
    }

    /// A slice of the sagas that a filter fits, in its own direction.
    ///
    /// # Errors
    /// [`JournalError`].
    pub async fn list(&self, filter: &SagaFilter, slice: Slice) -> Result<Vec<SagaRecord>, JournalError> {
        let order = if slice.backward { "DESC" } else { "ASC" };
        let status = shown_with(filter.status);
        sql_query(format!(
            "SELECT {SAGA} FROM sagas
             WHERE {status}
               AND ($1 IS NULL OR definition = $1)
               AND ($2 IS NULL OR step = $2)
               AND ($3 IS NULL OR (status IN ('RUNNING', 'COMPENSATING', 'PARKED')
                                   AND updated_at < clock_timestamp() - $3 * interval '1 second'))
               AND ($4 IS NULL OR id > $4) AND ($5 IS NULL OR id < $5)
             ORDER BY id {order} LIMIT $6"
        ))
        .bind::<Nullable<Text>, _>(filter.definition.as_deref())
        .bind::<Nullable<Text>, _>(filter.step.as_deref())
        .bind::<Nullable<Double>, _>(filter.stuck_for.map(|duration| duration.as_secs_f64()))
        .bind::<Nullable<SqlUuid>, _>(slice.after)
        .bind::<Nullable<SqlUuid>, _>(slice.before)
        .bind::<BigInt, _>(slice.limit)
        .get_results(&mut self.connection().await?)
        .await
        .map_err(JournalError::Read)
    }

    /// The journals of sagas, each in order.
    ///
    /// # Errors
    /// [`JournalError`].
    pub async fn entries(&self, sagas: &[Uuid]) -> Result<Vec<JournalEntry>, JournalError> {
        self.read_entries("j.saga_id = ANY ($1)", sagas).await
    }

    /// The journals of all sagas about the subjects, in order of time for each.
    ///
    /// # Errors
    /// [`JournalError`].
    pub async fn entries_about(&self, subjects: &[Uuid]) -> Result<Vec<JournalEntry>, JournalError> {
        self.read_entries("s.subject = ANY ($1)", subjects).await
    }

    async fn read_entries(&self, which: &str, ids: &[Uuid]) -> Result<Vec<JournalEntry>, JournalError> {
        sql_query(format!(
            "SELECT {ENTRY} FROM sagas s JOIN saga_journal j ON j.saga_id = s.id
             WHERE {which} ORDER BY s.created_at, s.id, j.entry"
        ))
        .bind::<Array<SqlUuid>, _>(ids)
        .get_results(&mut self.connection().await?)
        .await
        .map_err(JournalError::Read)
    }

    /// For how long the oldest saga that is due has waited for a worker, in seconds; how many are live, and parked; and
    /// how many live ones no process knows.
    ///
    /// # Errors
    /// [`JournalError`].
    pub async fn overview(&self) -> Result<Overview, JournalError> {
        sql_query(
            "SELECT coalesce(max(extract(epoch FROM clock_timestamp() - next_attempt_at))
                        FILTER (WHERE owner IS NULL AND status <> 'PARKED'
                                AND next_attempt_at <= clock_timestamp()), 0)::float8 AS oldest_due_seconds,
                    coalesce(max(extract(epoch FROM clock_timestamp() - created_at))
                        FILTER (WHERE status <> 'PARKED'), 0)::float8 AS oldest_live_seconds,
                    count(*) FILTER (WHERE status <> 'PARKED') AS live,
                    count(*) FILTER (WHERE status = 'PARKED') AS parked,
                    (SELECT count(*) FROM sagas_unknown) AS unknown
             FROM sagas WHERE status IN ('RUNNING', 'COMPENSATING', 'PARKED')",
        )
        .get_result(&mut self.connection().await?)
        .await
        .map_err(JournalError::Read)
    }
}

/// The condition of being shown with a status. The parked ones are few, and found by an index.
fn shown_with(status: Option<Status>) -> String {
    match status {
        None => "true".to_owned(),
        Some(Status::Parked) => "id IN (SELECT id FROM sagas WHERE status = 'PARKED' UNION ALL \
                                        SELECT id FROM sagas_unknown)"
            .to_owned(),
        Some(status) => format!("status = '{status}' AND id NOT IN (SELECT id FROM sagas_unknown)"),
    }
}

/// How the sagas of a database are getting on.
#[derive(Clone, Copy, Debug, QueryableByName)]
pub struct Overview {
    /// For how long the oldest due saga has waited.
    #[diesel(sql_type = Double)]
    pub oldest_due_seconds: f64,
    /// For how long the oldest live saga has lived.
    #[diesel(sql_type = Double)]
    pub oldest_live_seconds: f64,
    /// Running or compensating.
    #[diesel(sql_type = BigInt)]
    pub live: i64,
    /// Waiting for a person.
    #[diesel(sql_type = BigInt)]
    pub parked: i64,
    /// Live, of a definition or version that no process knows.
    #[diesel(sql_type = BigInt)]
    pub unknown: i64,
}
