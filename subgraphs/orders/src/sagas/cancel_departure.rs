//! Undoing a departure: close it, undo every order on it, mark it CANCELLED. Only forward.
//!
//! Once the departure is closed nothing new is reserved on it, so its orders that are alive (being booked, confirmed, being
//! undone) only become fewer. The step `cancel-orders` looks again and again: it begins the undoing of confirmed orders,
//! a bounded number at a time, and is done when none is alive any more. An order that is just being booked ends REJECTED
//! by itself, or slips through as CONFIRMED and is undone at the next look. So a crash anywhere needs no special care.

mod cancel_orders;
mod complete;

use std::sync::Arc;

use saga::{Action, Definition, NewSaga, RetryPolicy, SagaId, Step};
use serde::{Deserialize, Serialize};
use service::id::{DepartureId, UserId};
use service::telemetry;
use uuid::Uuid;

use crate::model::{CancellationId, NewCancellation};
use crate::participants::Participants;
use crate::participants::excursions::{CloseDeparture, Departing, FinishCancellation};
use cancel_orders::CancelOrders;
pub use cancel_orders::MOST_AT_ONCE;
use complete::Complete;

/// The definition's name.
pub const NAME: &str = "cancel-departure";
const VERSION: i32 = 1;
const FIRST_STEP: &str = "close";

/// What the undoing of a departure knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DepartureToCancel {
    cancellation_id: CancellationId,
    departure_id: DepartureId,
    requested_by: UserId,
    reason: String,
}

impl Departing for DepartureToCancel {
    fn departure(&self) -> Uuid {
        self.departure_id.uuid()
    }
}

/// The saga of a cancellation; it has the cancellation's id.
///
/// # Errors
/// Where its state cannot be written as JSON.
pub fn saga(cancellation: &NewCancellation) -> Result<NewSaga, serde_json::Error> {
    let state = DepartureToCancel {
        cancellation_id: cancellation.id,
        departure_id: cancellation.departure_id,
        requested_by: cancellation.requested_by,
        reason: cancellation.reason.clone(),
    };
    let mut saga = NewSaga::new(
        SagaId(cancellation.id.uuid()),
        (NAME, VERSION, FIRST_STEP),
        &state,
    )?;
    saga.traceparent = telemetry::traceparent();
    Ok(saga)
}

/// The definition over the participants.
#[must_use]
pub fn definition(participants: &Arc<Participants>) -> Definition<DepartureToCancel> {
    steps(
        CloseDeparture(Arc::clone(participants)),
        FinishCancellation(Arc::clone(participants)),
    )
}

/// The definition over whoever closes departures and finishes their cancellation.
#[must_use]
pub fn steps(
    close: impl Action<DepartureToCancel>,
    finish: impl Action<DepartureToCancel>,
) -> Definition<DepartureToCancel> {
    let patient = RetryPolicy::compensation();
    Definition::new(NAME, VERSION, Step::new(FIRST_STEP, close).retried(patient))
        .then(Step::local("cancel-orders", CancelOrders).retried(patient))
        .then(Step::new("finish", finish).retried(patient))
        .then(Step::local("complete", Complete).retried(patient))
        .forward_only()
}
