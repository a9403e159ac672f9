//! What a person does about sagas: send parked ones on, or give them up.

use diesel::sql_types::{Array, Integer, Text, Uuid as SqlUuid};
use diesel::{QueryableByName, sql_query};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use uuid::Uuid;

use super::{Journal, JournalError};
use crate::SagaId;
use crate::state::{Event, Place, Shape, apply};

/// A person's command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatorAction {
    /// Send parked sagas on: the step that they are parked at is tried anew.
    Retry,
    /// Give sagas up: what they did stands as it is.
    Abandon,
}

impl OperatorAction {
    /// Whether the command fits a saga with a status.
    #[must_use]
    pub fn fits(self, status: &str) -> bool {
        match self {
            Self::Retry => status == "PARKED",
            Self::Abandon => matches!(status, "RUNNING" | "COMPENSATING" | "PARKED"),
        }
    }

    const fn event(self) -> Event {
        match self {
            Self::Retry => Event::Resumed,
            Self::Abandon => Event::Abandoned,
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Retry => "RESUMED",
            Self::Abandon => "ABANDONED",
        }
    }
}

#[derive(QueryableByName)]
struct PlaceRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    direction: String,
    #[diesel(sql_type = Integer)]
    position: i32,
    #[diesel(sql_type = Integer)]
    attempts: i32,
}

const OPERATE: &str = "
WITH moved AS (
    UPDATE sagas s
    SET status = t.status, attempts = 0, owner = NULL, epoch = s.epoch + 1, entries = s.entries + 1,
        next_attempt_at = clock_timestamp(), step_began_at = clock_timestamp(), updated_at = clock_timestamp(),
        ended_at = CASE WHEN t.status = 'ABANDONED' THEN clock_timestamp() END
    FROM unnest($1, $2) AS t (id, status)
    WHERE s.id = t.id
    RETURNING s.id, s.entries, s.epoch, s.step, s.direction)
INSERT INTO saga_journal (saga_id, entry, epoch, kind, step, direction, message, actor)
SELECT id, entries, epoch, $3, step, direction, $4, $5 FROM moved";

impl Journal {
    /// Applies a person's command to the sagas among `ids` that it fits, and journals who and why. Each gets a new epoch,
    /// so that no worker can overwrite it. Answers which were moved.
    ///
    /// # Errors
    /// [`JournalError`].
    pub async fn operate(
        &self,
        action: OperatorAction,
        ids: &[SagaId],
        actor: &str,
        reason: &str,
    ) -> Result<Vec<SagaId>, JournalError> {
        let mut connection = self.connection().await?;
        let moved = connection
            .transaction(async |connection| {
                let moved = fitting(connection, action, ids).await?;
                sql_query(OPERATE)
                    .bind::<Array<SqlUuid>, _>(moved.iter().map(|(id, _)| *id).collect::<Vec<_>>())
                    .bind::<Array<Text>, _>(
                        moved
                            .iter()
                            .map(|(_, place)| place.status.as_str())
                            .collect::<Vec<_>>(),
                    )
                    .bind::<Text, _>(action.kind())
                    .bind::<Text, _>(reason)
                    .bind::<Text, _>(actor)
                    .execute(connection)
                    .await?;
                Ok::<_, diesel::result::Error>(moved)
            })
            .await
            .map_err(JournalError::Operate)?;
        Ok(moved.into_iter().map(|(id, _)| SagaId(id)).collect())
    }
}

/// Locks the sagas, and keeps those that the command fits, with their new place.
async fn fitting(
    connection: &mut AsyncPgConnection,
    action: OperatorAction,
    ids: &[SagaId],
) -> diesel::QueryResult<Vec<(Uuid, Place)>> {
    let rows: Vec<PlaceRow> = sql_query(
        "SELECT id, status, direction, position, attempts FROM sagas WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE",
    )
    .bind::<Array<SqlUuid>, _>(ids.iter().map(|id| id.0).collect::<Vec<_>>())
    .get_results(connection)
    .await?;
    // Neither command depends on the steps: a saga whose definition is not registered can be moved too.
    let shape = Shape {
        compensable: Vec::new(),
        pivot: None,
    };
    Ok(rows
        .into_iter()
        .filter_map(|row| {
            let place = Place {
                status: row.status.parse().ok()?,
                direction: row.direction.parse().ok()?,
                position: usize::try_from(row.position).ok()?,
                attempts: u32::try_from(row.attempts).ok()?,
            };
            Some((row.id, apply(&shape, place, action.event()).ok()?))
        })
        .collect())
}
