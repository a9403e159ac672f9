//! Begins sagas, within the caller's transaction.

use diesel::QueryResult;
use diesel::sql_types::{Array, Integer, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use uuid::Uuid;

use super::statement::Statement;
use crate::definition::ErasedState;
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
    pub(crate) state: ErasedState,
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
        let state = serde_json::to_string(state)?.into();
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

const INSERT: &str = "
WITH new AS (SELECT * FROM unnest(";
const STARTED: &str = ") AS new (id, definition, version, step, subject, parent, state, traceparent)),
started AS (
    INSERT INTO sagas (id, definition, version, position, step, subject, parent, state, traceparent, owner,
                       status, direction, entries)
    SELECT id, definition, version, 0, step, subject, parent, state::json, traceparent, ";
const JOURNALLED: &str = ", 'RUNNING', 'FORWARD', 1 FROM new
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
    fn column<'s, T>(sagas: &'s [NewSaga], value: impl Fn(&'s NewSaga) -> T) -> Vec<T> {
        sagas.iter().map(value).collect()
    }
    Statement::new(INSERT)
        .bind::<Array<SqlUuid>, _>(column(sagas, |saga| saga.id.0))
        .bind::<Array<Text>, _>(column(sagas, |saga| saga.definition))
        .bind::<Array<Integer>, _>(column(sagas, |saga| saga.version))
        .bind::<Array<Text>, _>(column(sagas, |saga| saga.first_step))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(sagas, |saga| saga.subject))
        .bind::<Array<Nullable<SqlUuid>>, _>(column(sagas, |saga| saga.parent.map(|id| id.0)))
        .bind::<Array<Text>, _>(column(sagas, |saga| &*saga.state))
        .bind::<Array<Nullable<Text>>, _>(column(sagas, |saga| saga.traceparent.as_deref()))
        .then(STARTED)
        .bind::<Nullable<SqlUuid>, _>(owner.map(|id| id.0))
        .then(JOURNALLED)
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
