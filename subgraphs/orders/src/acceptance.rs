//! Accepting bookings: order, saga with its first intent, and event, of many requests in one transaction.
//!
//! While a transaction is under way requests gather, and go together with the next: one alone when there is nothing to do,
//! many when there is much. Each gets an answer of its own; one that the database refuses fails alone. A transaction is
//! seen in the trace of one of its requests, and linked with the others'.

use std::sync::Arc;

use diesel::result::DatabaseErrorKind;
use diesel_async::AsyncConnection;
use futures::future::BoxFuture;
use opentelemetry::Context;
use opentelemetry::context::FutureExt;
use saga::worker::Started;
use saga::{Handle, NewSaga};
use service::database::Pool;
use service::events::{self, NewEvent, OutboxHint};
use service::telemetry;
use tokio::sync::{mpsc, oneshot};

use crate::events::OrderPlaced;
use crate::model::{NewOrder, PlaceOutcome, WriteError};
use crate::sagas::book_excursion::saga;

/// The most bookings of one transaction.
const BATCH: usize = 500;
/// Requests that wait before others wait to be let in.
const WAITING: usize = 1_000;

/// Where bookings are accepted.
#[derive(Clone)]
pub struct Acceptance(mpsc::Sender<Request>);

/// What came of a request; an error is shared by all whose transaction failed.
type Answer = Result<PlaceOutcome, Arc<WriteError>>;

struct Request {
    order: NewOrder,
    saga: NewSaga,
    event: NewEvent,
    trace: Context,
    answer: oneshot::Sender<Answer>,
}

impl Acceptance {
    /// Begins to accept, until the last clone is dropped. Sagas are handed to the worker behind `sagas`.
    #[must_use]
    pub fn new(pool: Pool, sagas: Handle, outbox: OutboxHint) -> Self {
        Self::in_batches(pool, sagas, outbox, BATCH)
    }

    /// As [`Self::new`], with so many bookings in a transaction at most.
    #[must_use]
    pub fn in_batches(pool: Pool, sagas: Handle, outbox: OutboxHint, most: usize) -> Self {
        let (sender, requests) = mpsc::channel(WAITING);
        let books = Books { pool, sagas, outbox };
        tokio::spawn(accept(requests, Arc::new(books), most));
        Self(sender)
    }

    /// Places an order, unless its key was used before, and lets its saga be driven.
    ///
    /// # Errors
    /// [`WriteError`]; whether the order was placed is not known if the database could not be reached.
    pub async fn place(&self, order: NewOrder) -> Answer {
        let saga = saga(&order).map_err(WriteError::from)?;
        let event = NewEvent::new(&OrderPlaced {
            order_id: order.id,
            customer_id: order.customer_id,
            departure_id: order.departure_id,
            seats: order.seats,
        });
        let (answer, answered) = oneshot::channel();
        let request = Request {
            order,
            saga,
            event: event.map_err(WriteError::from)?,
            trace: Context::current(),
            answer,
        };
        self.0.send(request).await.map_err(|_| WriteError::Stopping)?;
        answered.await.map_err(|_| WriteError::Stopping)?
    }
}

/// Takes what has gathered, whenever a transaction is over.
async fn accept(mut requests: mpsc::Receiver<Request>, books: Arc<Books>, most: usize) {
    let mut batch = Vec::new();
    while requests.recv_many(&mut batch, most).await > 0 {
        let (books, batch) = (Arc::clone(&books), std::mem::take(&mut batch));
        // A task of its own: should it panic, those after it are accepted still.
        if let Err(error) = tokio::spawn(async move { books.enter(batch).await }).await {
            tracing::error!(%error, "accepting bookings broke off");
        }
    }
}

struct Books {
    pool: Pool,
    sagas: Handle,
    outbox: OutboxHint,
}

impl Books {
    /// A batch that the database refuses is halved until the request at fault stands alone.
    fn enter(&self, mut batch: Vec<Request>) -> BoxFuture<'_, ()> {
        Box::pin(async move {
            let traces: Vec<Context> = batch.iter().map(|request| request.trace.clone()).collect();
            match self.write(&batch).with_context(telemetry::lead(&traces)).await {
                Ok((outcomes, started)) => {
                    self.sagas.drive(started);
                    self.outbox.written();
                    for (request, outcome) in batch.into_iter().zip(outcomes) {
                        let _gave_up = request.answer.send(Ok(outcome));
                    }
                }
                Err(error) if batch.len() > 1 && is_refusal(&error) => {
                    let second = batch.split_off(batch.len() / 2);
                    self.enter(batch).await;
                    self.enter(second).await;
                }
                Err(error) => {
                    let error = Arc::new(error);
                    for request in batch {
                        let _gave_up = request.answer.send(Err(Arc::clone(&error)));
                    }
                }
            }
        })
    }

    async fn write(&self, batch: &[Request]) -> Result<(Vec<PlaceOutcome>, Started), WriteError> {
        let orders: Vec<NewOrder> = batch.iter().map(|request| request.order.clone()).collect();
        let mut connection = self.pool.get().await?;
        connection
            .transaction(async |connection| {
                let outcomes = NewOrder::place(connection, &orders).await?;
                let placed = || {
                    let of_each = batch.iter().zip(&outcomes);
                    of_each.filter_map(|(request, outcome)| {
                        (*outcome == PlaceOutcome::Placed).then_some(request)
                    })
                };
                let sagas = placed().map(|request| request.saga.clone()).collect();
                let started = self.sagas.start(connection, sagas).await?;
                let written: Vec<NewEvent> = placed().map(|request| request.event.clone()).collect();
                events::append(connection, &written).await?;
                Ok((outcomes, started))
            })
            .await
    }
}

/// The database has answered, and refused: as opposed to one that cannot be reached, which a second try would only ask
/// again for each.
fn is_refusal(error: &WriteError) -> bool {
    use diesel::result::Error::DatabaseError;
    !matches!(
        error,
        WriteError::Pool(_)
            | WriteError::Database(DatabaseError(
                DatabaseErrorKind::UnableToSendCommand | DatabaseErrorKind::ClosedConnection,
                _
            ))
    )
}
