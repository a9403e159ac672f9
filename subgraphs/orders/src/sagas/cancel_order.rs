//! Undoing a confirmed order: refund, release the seats, mark it CANCELLED. Only forward: each step must succeed in the end.

use std::sync::Arc;

use async_trait::async_trait;
use diesel::QueryResult;
use diesel::sql_types::{Array, BigInt, Nullable, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use saga::{Action, Command, Definition, LocalAction, NewSaga, Outcome, RetryPolicy, SagaId, Step};
use serde::{Deserialize, Serialize};
use service::database::Statement;
use service::events::{self, NewEvent};
use service::id::{DepartureId, OrderId, UserId};
use service::money::Money;
use service::telemetry;
use uuid::Uuid;

use super::not_json;
use crate::events::OrderCancelled;
use crate::participants::Participants;
use crate::participants::billing::{Refund, Refundable};
use crate::participants::excursions::{Release, Seated};

/// The definition's name.
pub const NAME: &str = "cancel-order";
const VERSION: i32 = 1;
const FIRST_STEP: &str = "refund";

/// What the undoing of an order knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderToCancel {
    /// The order.
    pub order_id: OrderId,
    /// Whose it is.
    pub customer_id: UserId,
    /// Its departure.
    pub departure_id: DepartureId,
    /// Its seats.
    pub seats: i32,
    /// Why it is undone.
    pub reason: Option<String>,
    /// What came back, once refunded.
    pub refunded: Option<Money>,
}

impl Refundable for OrderToCancel {
    fn order(&self) -> Uuid {
        self.order_id.uuid()
    }

    fn refunded(&self, amount: Option<Money>) -> Self {
        Self {
            refunded: amount,
            ..self.clone()
        }
    }
}

impl Seated for OrderToCancel {
    fn order_and_departure(&self) -> (Uuid, Uuid) {
        (self.order_id.uuid(), self.departure_id.uuid())
    }
}

/// The saga of an order that is being undone.
///
/// # Errors
/// Where its state cannot be written as JSON.
pub fn saga(id: SagaId, order: &OrderToCancel, parent: Option<SagaId>) -> Result<NewSaga, serde_json::Error> {
    let mut saga = NewSaga::new(id, (NAME, VERSION, FIRST_STEP), order)?;
    saga.subject = Some(order.order_id.uuid());
    saga.parent = parent;
    saga.traceparent = telemetry::traceparent();
    Ok(saga)
}

/// Makes orders CANCELLED, once money and seats are back.
struct Finish;

const FINISH: &str = "
UPDATE orders o
SET status = 'CANCELLED', refunded_minor = f.refunded_minor, updated_at = now()
FROM unnest(";
const FINISH_WHERE: &str = ") AS f (id, refunded_minor)
WHERE o.id = f.id AND CASE o.status WHEN 'CANCELLING' THEN true ELSE false END";

#[async_trait]
impl LocalAction<OrderToCancel> for Finish {
    async fn run(
        &self,
        connection: &mut AsyncPgConnection,
        batch: &[Command<OrderToCancel>],
    ) -> QueryResult<Vec<Outcome<OrderToCancel>>> {
        Statement::new(FINISH)
            .bind::<Array<SqlUuid>, _>(
                batch
                    .iter()
                    .map(|command| command.state.order_id.uuid())
                    .collect::<Vec<_>>(),
            )
            .bind::<Array<Nullable<BigInt>>, _>(
                batch
                    .iter()
                    .map(|command| command.state.refunded.map(|money| money.minor))
                    .collect::<Vec<_>>(),
            )
            .then(FINISH_WHERE)
            .execute(connection)
            .await?;
        let written = batch.iter().map(|command| {
            let order = &command.state;
            let event = NewEvent::new(&OrderCancelled {
                order_id: order.order_id,
                customer_id: order.customer_id,
                departure_id: order.departure_id,
                seats: order.seats,
                refunded: order.refunded,
                reason: order.reason.clone(),
            })?;
            Ok(event.in_trace(command.traceparent.clone()))
        });
        let written = written.collect::<Result<Vec<_>, _>>().map_err(not_json)?;
        events::append(connection, &written).await?;
        Ok(batch
            .iter()
            .map(|command| Outcome::Done(command.state.clone()))
            .collect())
    }
}

/// The definition over the participants.
#[must_use]
pub fn definition(participants: &Arc<Participants>) -> Definition<OrderToCancel> {
    steps(
        Refund(Arc::clone(participants)),
        Release(Arc::clone(participants)),
    )
}

/// The definition over whoever refunds and releases.
#[must_use]
pub fn steps(
    refund: impl Action<OrderToCancel>,
    release: impl Action<OrderToCancel>,
) -> Definition<OrderToCancel> {
    let patient = RetryPolicy::compensation();
    Definition::new(NAME, VERSION, Step::new(FIRST_STEP, refund).retried(patient))
        .then(Step::new("release", release).retried(patient))
        .then(Step::local("finish", Finish).retried(patient))
        .forward_only()
}
