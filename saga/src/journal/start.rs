//! Begins sagas, within the caller's transaction.

use diesel::sql_types::{Array, Integer, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel::{QueryResult, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::{SagaId, WorkerId};

/// A saga about to begin.
#[derive(Clone, Debug)]
pub struct NewSaga {
    /// Its id; starting the same id twice violates `sagas_pkey`.
    pub id: SagaId,
    /// The definition's name.
    pub definition: &'static str,
    /// The definition's version.
    pub version: i32,
    /// The definition's first step.
    pub first_step: &'static str,
    /// What it is about.
    pub subject: Option<Uuid>,
    /// The saga that starts it.
    pub parent: Option<SagaId>,
    /// What it knows at the start.
    pub state: Value,
    /// The trace that it belongs to (W3C trace context).
    pub traceparent: Option<String>,
}

impl NewSaga {
    /// A saga of a definition, with its state.
    ///
    /// # Errors
    /// Where the state cannot be written as JSON.
    pub fn new<S: Serialize>(
        id: SagaId,
        (definition, version, first_step): (&'static str, i32, &'static str),
        state: &S,
    ) -> Result<Self, serde_json::Error> {
        let state = serde_json::to_value(state)?;
        Ok(Self {
            id,
            definition,
            version,
            first_step,
            subject: None,
            parent: None,
            state,
            traceparent: None,
        })
    }
}

const START: &str = "
WITH started AS (
    INSERT INTO sagas (id, definition, version, position, step, subject, parent, state, traceparent, owner,
                       status, direction, entries)
    SELECT id, definition, version, 0, step, subject, parent, state, traceparent, $9, 'RUNNING', 'FORWARD', 1
    FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)
         AS new (id, definition, version, step, subject, parent, state, traceparent)
    RETURNING id, epoch)
INSERT INTO saga_journal (saga_id, entry, epoch, kind, direction)
SELECT id, 1, epoch, 'STARTED', 'FORWARD' FROM started";

/// Writes sagas with the intent of their first step. They run once the transaction is committed: at once where a worker
/// is named and told, otherwise when a worker next looks.
pub(crate) async fn start(
    connection: &mut AsyncPgConnection,
    sagas: &[NewSaga],
    owner: Option<WorkerId>,
) -> QueryResult<()> {
    if sagas.is_empty() {
        return Ok(());
    }
    sql_query(START)
        .bind::<Array<SqlUuid>, _>(sagas.iter().map(|saga| saga.id.0).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(sagas.iter().map(|saga| saga.definition).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(sagas.iter().map(|saga| saga.version).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(sagas.iter().map(|saga| saga.first_step).collect::<Vec<_>>())
        .bind::<Array<Nullable<SqlUuid>>, _>(sagas.iter().map(|saga| saga.subject).collect::<Vec<_>>())
        .bind::<Array<Nullable<SqlUuid>>, _>(
            sagas
                .iter()
                .map(|saga| saga.parent.map(|id| id.0))
                .collect::<Vec<_>>(),
        )
        .bind::<Array<Jsonb>, _>(sagas.iter().map(|saga| saga.state.clone()).collect::<Vec<_>>())
        .bind::<Array<Nullable<Text>>, _>(
            sagas
                .iter()
                .map(|saga| saga.traceparent.as_deref())
                .collect::<Vec<_>>(),
        )
        .bind::<Nullable<SqlUuid>, _>(owner.map(|id| id.0))
        .execute(connection)
        .await
        .map(drop)
}

impl super::Journal {
    /// Begins sagas that any worker may claim; for local steps that start children.
    ///
    /// # Errors
    /// The database's.
    pub async fn start(connection: &mut AsyncPgConnection, sagas: &[NewSaga]) -> QueryResult<()> {
        start(connection, sagas, None).await
    }
}
