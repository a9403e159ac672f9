//! `cancelDeparture`: undoes a departure and every order on it.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use diesel_async::AsyncConnection;
use saga::SagaId;
use saga::worker::Started;
use service::auth;
use service::graphql::{ErrorCode, UserError, UserErrors, fault};
use service::id::DepartureId;
use uuid::Uuid;

use super::cancellation::Cancellation;
use super::context::Booking;
use crate::model::{self, CancellationId, CancellationOutcome, NewCancellation, WriteError};
use crate::sagas::cancel_departure::saga;

const MAX_REASON: usize = 500;

/// A departure to be cancelled.
#[derive(Debug, InputObject)]
pub struct CancelDepartureInput {
    /// Which.
    pub departure_id: ID,
    /// Why, for its customers, at most 500 characters.
    pub reason: String,
    /// A key of the client's own: the same request with the same key is done once.
    pub idempotency_key: Uuid,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct CancelDeparturePayload {
    /// The cancellation, as it stands.
    pub cancellation: Option<Cancellation>,
    /// Whether the departure was being cancelled, or cancelled, before.
    pub replayed: bool,
    /// What was wrong with the request; nothing was done then.
    pub errors: Vec<UserError>,
}

impl CancelDeparturePayload {
    fn refused(errors: Vec<UserError>) -> Self {
        Self {
            cancellation: None,
            replayed: false,
            errors,
        }
    }
}

#[derive(Default)]
pub(super) struct CancelDepartureMutation;

#[Object]
impl CancelDepartureMutation {
    /// Cancels a departure, for operators: nothing new is booked on it, every order on it is undone, everyone is told. A
    /// second cancellation answers with the first. Waits a moment, and answers with the cancellation as it stands.
    async fn cancel_departure(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to cancel.")] input: CancelDepartureInput,
    ) -> Result<CancelDeparturePayload> {
        let operator = auth::operator(context)?;
        let booking = context.data::<Booking>()?.clone();
        let mut errors = UserErrors::none();
        let reason = errors.text(&["reason"], &input.reason, MAX_REASON);
        if let Err(errors) = errors.into_result() {
            return Ok(CancelDeparturePayload::refused(errors));
        }
        let not_found = || {
            let message = "there is no such departure";
            let error = UserError::at(ErrorCode::NotFound, &["departureId"], message);
            CancelDeparturePayload::refused(vec![error])
        };
        let Some(departure_id) = DepartureId::from_graphql(&input.departure_id) else {
            return Ok(not_found());
        };
        let request = NewCancellation {
            id: CancellationId::new(),
            departure_id,
            requested_by: operator.id,
            idempotency_key: input.idempotency_key,
            reason,
        };
        if !booking.departures.knows(departure_id)
            && !is_repeated(&booking, &request).await?
            && !booking.departure_exists(departure_id).await?
        {
            return Ok(not_found());
        }
        let new_id = request.id;
        let (id, replayed) = match cancel(&booking, request).await? {
            CancellationOutcome::Begun => (new_id, false),
            CancellationOutcome::Replayed(first) => (first, true),
            CancellationOutcome::KeyReused => {
                let message = "this key was used for another cancellation";
                let error = UserError::at(ErrorCode::IdempotencyKeyReused, &["idempotencyKey"], message);
                return Ok(CancelDeparturePayload::refused(vec![error]));
            }
        };
        let connection = booking.pool.get().await?;
        let cancellation = model::Cancellation::find(&connection, id)
            .await?
            .map(Cancellation);
        Ok(CancelDeparturePayload {
            cancellation,
            replayed,
            errors: Vec::new(),
        })
    }
}

/// A repeated request is answered from what stands here, whether or not excursions can be asked.
async fn is_repeated(booking: &Booking, request: &NewCancellation) -> Result<bool> {
    let connection = booking.pool.get().await?;
    Ok(request.was_asked_for(&connection).await?)
}

/// Begins the undoing and waits for its saga. A task of its own: a client that goes away must not stop it halfway.
async fn cancel(booking: &Booking, request: NewCancellation) -> Result<CancellationOutcome> {
    let booking = booking.clone();
    let task = async move {
        let saga_id = SagaId(request.id.uuid());
        let end = booking.sagas.end_of(saga_id);
        match write(&booking, &request).await {
            Ok((outcome, Some(started))) => {
                booking.sagas.drive(started);
                booking.wait_for(saga_id, end).await;
                Ok(outcome)
            }
            other => {
                drop(end);
                booking.sagas.forget(saga_id);
                other.map(|(outcome, _)| outcome)
            }
        }
    };
    let outcome: Result<CancellationOutcome, WriteError> =
        tokio::spawn(tracing::Instrument::in_current_span(task)).await?;
    outcome.map_err(fault)
}

async fn write(
    booking: &Booking,
    request: &NewCancellation,
) -> Result<(CancellationOutcome, Option<Started>), WriteError> {
    let mut connection = booking.pool.get().await?;
    connection
        .transaction(async |connection| {
            let outcome = request.begin(connection).await?;
            let CancellationOutcome::Begun = outcome else {
                return Ok((outcome, None));
            };
            let started = booking.sagas.start(connection, vec![saga(request)?]).await?;
            Ok((outcome, Some(started)))
        })
        .await
}
