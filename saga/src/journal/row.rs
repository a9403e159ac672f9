//! A saga as its worker holds it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Double, Integer, Nullable, Text, Uuid as SqlUuid};
use uuid::Uuid;

use super::NewSaga;
use crate::SagaId;
use crate::action::Rejection;
use crate::definition::{Doing, ErasedCommand, ErasedDefinition, ErasedState, Registry};
use crate::state::{Place, UnknownWord};

/// A saga that this worker drives, as last committed.
#[derive(Clone)]
pub(crate) struct Snapshot {
    pub(crate) id: SagaId,
    pub(crate) definition: Arc<ErasedDefinition>,
    pub(crate) subject: Option<Uuid>,
    pub(crate) place: Place,
    pub(crate) state: ErasedState,
    pub(crate) rejection: Option<Rejection>,
    pub(crate) last_error: Option<String>,
    pub(crate) traceparent: Option<String>,
    pub(crate) epoch: i64,
    pub(crate) entries: i32,
    pub(crate) step_began: Instant,
}

impl Snapshot {
    /// How the step that is due is done; nothing where the saga is not live.
    pub(crate) fn due(&self) -> Option<&Doing> {
        if !self.place.is_live() {
            return None;
        }
        self.definition.doing(self.place.position, self.place.direction)
    }

    pub(crate) fn step(&self) -> &'static str {
        self.definition.steps[self.place.position].name
    }

    /// How much room it takes in a batch, about.
    pub(crate) fn bytes(&self) -> usize {
        self.state.len()
    }

    pub(crate) fn command(&self) -> ErasedCommand {
        ErasedCommand {
            saga: self.id,
            subject: self.subject,
            state: Arc::clone(&self.state),
            attempts: self.place.attempts,
            rejection: self.rejection.clone(),
            traceparent: self.traceparent.clone(),
        }
    }

    /// A saga that was just written by [`super::start::start`].
    pub(crate) fn started(saga: NewSaga, definition: Arc<ErasedDefinition>, now: Instant) -> Self {
        Self {
            id: saga.id,
            definition,
            subject: saga.subject,
            place: Place::start(),
            state: saga.state,
            rejection: None,
            last_error: None,
            traceparent: saga.traceparent,
            epoch: 1,
            entries: 1,
            step_began: now,
        }
    }
}

/// The columns of [`SnapshotRow`], of the table alias `s`.
pub(super) const COLUMNS: &str = "s.id, s.definition, s.version, s.subject, s.status, s.direction, s.position,
    s.attempts, s.state::text AS state, s.rejection_code, s.rejection_message, s.last_error, s.traceparent, s.epoch, s.entries,
    greatest(extract(epoch FROM clock_timestamp() - s.step_began_at), 0)::float8 AS step_seconds";

#[derive(QueryableByName)]
pub(super) struct SnapshotRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    definition: String,
    #[diesel(sql_type = Integer)]
    version: i32,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    subject: Option<Uuid>,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Text)]
    direction: String,
    #[diesel(sql_type = Integer)]
    position: i32,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Text)]
    state: String,
    #[diesel(sql_type = Nullable<Text>)]
    rejection_code: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    rejection_message: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    last_error: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    traceparent: Option<String>,
    #[diesel(sql_type = BigInt)]
    epoch: i64,
    #[diesel(sql_type = Integer)]
    entries: i32,
    #[diesel(sql_type = Double)]
    step_seconds: f64,
}

impl SnapshotRow {
    /// The snapshot, or nothing where the registry does not have its definition.
    pub(super) fn into_snapshot(self, registry: &Registry) -> Result<Option<Snapshot>, UnknownWord> {
        let Some(definition) = registry.get(&self.definition, self.version) else {
            return Ok(None);
        };
        let place = Place {
            status: self.status.parse()?,
            direction: self.direction.parse()?,
            position: usize::try_from(self.position).unwrap_or_default(),
            attempts: u32::try_from(self.attempts).unwrap_or_default(),
        };
        let rejection = self.rejection_code.map(|code| Rejection {
            code,
            message: self.rejection_message.unwrap_or_default(),
        });
        let now = Instant::now();
        Ok(Some(Snapshot {
            id: SagaId(self.id),
            definition: Arc::clone(definition),
            subject: self.subject,
            place,
            state: self.state.into(),
            rejection,
            last_error: self.last_error,
            traceparent: self.traceparent,
            epoch: self.epoch,
            entries: self.entries,
            step_began: now
                .checked_sub(Duration::from_secs_f64(self.step_seconds))
                .unwrap_or(now),
        }))
    }
}
