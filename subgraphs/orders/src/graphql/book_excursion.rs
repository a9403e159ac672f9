//! `bookExcursion`: places an order and drives its saga.

use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, NoCache};
use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use saga::SagaId;
use service::auth;
use service::graphql::{ErrorCode, UserError, UserErrors, fault};
use service::id::{DepartureId, OrderId};
use uuid::Uuid;

use super::context::Booking;
use super::loader::OrdersLoader;
use super::order::Order;
use crate::acceptance::Acceptance;
use crate::model::{self, NewOrder, PlaceOutcome, WriteError};

/// The most seats of one order.
const MAX_SEATS: i32 = 50;

/// Seats to be booked.
#[derive(Debug, InputObject)]
pub struct BookExcursionInput {
    /// On which departure.
    pub departure_id: ID,
    /// How many, 1 to 50.
    pub seats: i32,
    /// A key of the client's own: the same request with the same key makes one order.
    pub idempotency_key: Uuid,
}

/// What came of it. A refusal (sold out, too little money) is the order's `rejection`, not one of the errors.
#[derive(SimpleObject)]
pub struct BookExcursionPayload {
    /// The order, as it stands.
    pub order: Option<Order>,
    /// Whether the order had been made before, by the same request.
    pub replayed: bool,
    /// What was wrong with the request; nothing was done then.
    pub errors: Vec<UserError>,
}

impl BookExcursionPayload {
    fn refused(errors: Vec<UserError>) -> Self {
        Self {
            order: None,
            replayed: false,
            errors,
        }
    }
}

#[derive(Default)]
pub(super) struct BookExcursionMutation;

#[Object]
impl BookExcursionMutation {
    /// Books seats on a departure: takes the price, reserves the seats and issues tickets, or leaves nothing.
    /// Waits a moment for that, and answers with the order as it stands.
    async fn book_excursion(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to book.")] input: BookExcursionInput,
    ) -> Result<BookExcursionPayload> {
        let customer = auth::user(context)?;
        let booking = context.data::<Booking>()?.clone();
        let mut errors = UserErrors::none();
        errors.number(&["seats"], input.seats, 1, MAX_SEATS);
        if let Err(errors) = errors.into_result() {
            return Ok(BookExcursionPayload::refused(errors));
        }
        let not_found = || {
            BookExcursionPayload::refused(vec![UserError::at(
                ErrorCode::NotFound,
                &["departureId"],
                "there is no such departure",
            )])
        };
        let Some(departure_id) = DepartureId::from_graphql(&input.departure_id) else {
            return Ok(not_found());
        };
        let order = NewOrder {
            id: OrderId::new(),
            customer_id: customer.id,
            departure_id,
            seats: input.seats,
            idempotency_key: input.idempotency_key,
        };
        if !booking.departures.knows(departure_id)
            && !is_repeated(&booking, &order).await?
            && !booking.departure_exists(departure_id).await?
        {
            return Ok(not_found());
        }
        let acceptance = context.data::<Acceptance>()?.clone();
        let (id, replayed) = match place(&booking, acceptance, order).await? {
            Placed::New(id) => (id, false),
            Placed::Before(id) => (id, true),
            Placed::KeyReused => {
                let message = "this key was used for another booking";
                let error = UserError::at(ErrorCode::IdempotencyKeyReused, &["idempotencyKey"], message);
                return Ok(BookExcursionPayload::refused(vec![error]));
            }
        };
        let order = context
            .data::<DataLoader<OrdersLoader, NoCache>>()?
            .load_one(id)
            .await?;
        Ok(BookExcursionPayload {
            order: order.map(Order),
            replayed,
            errors: Vec::new(),
        })
    }
}

/// A repeated request is answered from what stands here, whether or not excursions can be asked.
async fn is_repeated(booking: &Booking, order: &NewOrder) -> Result<bool> {
    let connection = booking.pool.get().await?;
    Ok(order.key_was_used(&connection).await?)
}

enum Placed {
    New(OrderId),
    Before(OrderId),
    KeyReused,
}

/// Places the order and waits for its saga. A task of its own: a client that goes away must not stop it halfway.
async fn place(booking: &Booking, acceptance: Acceptance, order: NewOrder) -> Result<Placed> {
    let task = {
        let booking = booking.clone();
        async move {
            let id = order.id;
            let saga_id = SagaId(id.uuid());
            let end = booking.sagas.end_of(saga_id);
            let outcome = acceptance.place(order).await;
            if let Ok(PlaceOutcome::Placed) = outcome {
                booking.wait_for(saga_id, end).await;
            } else {
                drop(end);
                booking.sagas.forget(saga_id);
            }
            Ok(match outcome? {
                PlaceOutcome::Placed => Placed::New(id),
                PlaceOutcome::KeyReused => Placed::KeyReused,
                PlaceOutcome::Replayed(first) => {
                    wait_for_first(&booking, first).await?;
                    Placed::Before(first)
                }
            })
        }
    };
    let placed: Result<Placed, Arc<WriteError>> =
        tokio::spawn(tracing::Instrument::in_current_span(task)).await?;
    placed.map_err(fault)
}

/// A repeated request waits for the saga of the first, as the first does.
async fn wait_for_first(booking: &Booking, first: OrderId) -> Result<(), WriteError> {
    let saga_id = SagaId(first.uuid());
    let end = booking.sagas.end_of(saga_id);
    let connection = booking.pool.get().await?;
    let order = model::Order::find(&connection, first).await?;
    drop(connection);
    if order.is_some_and(|order| order.status == model::OrderStatus::Pending) {
        booking.wait_for(saga_id, end).await;
    } else {
        drop(end);
        booking.sagas.forget(saga_id);
    }
    Ok(())
}
