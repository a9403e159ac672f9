//! `cancelOrder`: undoes a confirmed order.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use diesel_async::{AsyncConnection, AsyncPgConnection};
use saga::SagaId;
use saga::worker::Started;
use service::auth::{self, Principal};
use service::database::is_conflict;
use service::events::{self, NewEvent};
use service::graphql::{ErrorCode, UserError, UserErrors, fault};
use service::id::OrderId;
use uuid::Uuid;

use super::context::Booking;
use super::order::Order;
use crate::events::OrderCancelling;
use crate::model::{self, CancelOutcome, NewOrderCancellation, OrderStatus, WriteError};
use crate::sagas::cancel_order::{OrderToCancel, saga};

const MAX_REASON: usize = 500;

/// An order to be cancelled.
#[derive(Debug, InputObject)]
pub struct CancelOrderInput {
    /// Which.
    pub order_id: ID,
    /// Why, at most 500 characters.
    pub reason: Option<String>,
    /// A key of the client's own: the same request with the same key is done once.
    pub idempotency_key: Uuid,
}

/// What came of it.
#[derive(SimpleObject)]
pub struct CancelOrderPayload {
    /// The order, as it stands.
    pub order: Option<Order>,
    /// Whether the same request had been made before.
    pub replayed: bool,
    /// What was wrong with the request; nothing was done then.
    pub errors: Vec<UserError>,
}

impl CancelOrderPayload {
    fn refused(errors: Vec<UserError>) -> Self {
        Self {
            order: None,
            replayed: false,
            errors,
        }
    }
}

#[derive(Default)]
pub(super) struct CancelOrderMutation;

#[Object]
impl CancelOrderMutation {
    /// Cancels a confirmed order, one's own or any for operators: gives back money and seats. Waits a moment for that, and
    /// answers with the order as it stands.
    async fn cancel_order(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to cancel.")] input: CancelOrderInput,
    ) -> Result<CancelOrderPayload> {
        let caller = auth::user(context)?;
        let booking = context.data::<Booking>()?.clone();
        let mut errors = UserErrors::none();
        let reason = input
            .reason
            .as_deref()
            .map(|reason| errors.text(&["reason"], reason, MAX_REASON));
        if let Err(errors) = errors.into_result() {
            return Ok(CancelOrderPayload::refused(errors));
        }
        let Some(order_id) = OrderId::from_graphql(&input.order_id) else {
            return Ok(CancelOrderPayload::refused(vec![refusal(
                &CancelOutcome::NotFound,
            )]));
        };
        let request = NewOrderCancellation {
            order_id,
            saga_id: SagaId::new().0,
            requested_by: caller.id,
            idempotency_key: input.idempotency_key,
            reason,
        };
        let replayed = match cancel(&booking, request, caller).await? {
            CancelOutcome::Begun(_) => false,
            CancelOutcome::Replayed => true,
            refused => return Ok(CancelOrderPayload::refused(vec![refusal(&refused)])),
        };
        let connection = booking.pool.get().await?;
        let order = model::Order::find(&connection, order_id).await?.map(Order);
        Ok(CancelOrderPayload {
            order,
            replayed,
            errors: Vec::new(),
        })
    }
}

fn refusal(outcome: &CancelOutcome) -> UserError {
    let of_order = |code, message: &str| UserError::at(code, &["orderId"], message);
    match outcome {
        CancelOutcome::KeyReused => {
            let message = "this key was used for another cancellation";
            UserError::at(ErrorCode::IdempotencyKeyReused, &["idempotencyKey"], message)
        }
        CancelOutcome::TooLate => of_order(ErrorCode::TooLateToCancel, "the departure has begun"),
        CancelOutcome::NotCancellable(OrderStatus::Pending) => {
            of_order(ErrorCode::Conflict, "the order is still being booked")
        }
        CancelOutcome::NotCancellable(OrderStatus::Rejected) => of_order(
            ErrorCode::Conflict,
            "the order was rejected; nothing of it is left",
        ),
        CancelOutcome::NotCancellable(_) => of_order(ErrorCode::Conflict, "the order is cancelled already"),
        CancelOutcome::NotFound | CancelOutcome::Begun(_) | CancelOutcome::Replayed => {
            of_order(ErrorCode::NotFound, "there is no such order")
        }
    }
}

/// Begins the undoing and waits for its saga. A task of its own: a client that goes away must not stop it halfway.
async fn cancel(
    booking: &Booking,
    request: NewOrderCancellation,
    caller: Principal,
) -> Result<CancelOutcome> {
    let booking = booking.clone();
    let task = async move {
        let saga_id = SagaId(request.saga_id);
        let end = booking.sagas.end_of(saga_id);
        let written = match write(&booking, &request, caller).await {
            // The same key came twice at the same time; the other one has won.
            Err(WriteError::Database(error)) if is_conflict(&error) => {
                write(&booking, &request, caller).await
            }
            written => written,
        };
        match written {
            Ok((outcome, Some(started))) => {
                booking.sagas.drive(started);
                booking.outbox.written();
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
    let outcome: Result<CancelOutcome, WriteError> =
        tokio::spawn(tracing::Instrument::in_current_span(task)).await?;
    outcome.map_err(fault)
}

async fn write(
    booking: &Booking,
    request: &NewOrderCancellation,
    caller: Principal,
) -> Result<(CancelOutcome, Option<Started>), WriteError> {
    let mut connection = booking.pool.get().await?;
    connection
        .transaction(async |connection| {
            let visible = |order: &model::Order| order.customer_id == caller.id || caller.role.is_operator();
            let outcome = request.begin(connection, visible).await?;
            let CancelOutcome::Begun(order) = &outcome else {
                return Ok((outcome, None));
            };
            let started = start(booking, connection, request, order).await?;
            Ok((outcome, Some(started)))
        })
        .await
}

async fn start(
    booking: &Booking,
    connection: &mut AsyncPgConnection,
    request: &NewOrderCancellation,
    order: &model::Order,
) -> Result<Started, WriteError> {
    let to_cancel = OrderToCancel {
        order_id: order.id,
        customer_id: order.customer_id,
        departure_id: order.departure_id,
        seats: order.seats,
        reason: request.reason.clone(),
        refunded: None,
    };
    let saga = saga(SagaId(request.saga_id), &to_cancel, None)?;
    let started = booking.sagas.start(connection, vec![saga]).await?;
    let event = NewEvent::new(&OrderCancelling {
        order_id: order.id,
        customer_id: order.customer_id,
        departure_id: order.departure_id,
    })?;
    events::append(connection, &[event]).await?;
    Ok(started)
}
