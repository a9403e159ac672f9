//! The step that undoes the orders of a departure: it looks again and again until none is alive.

use std::time::Duration;

use async_trait::async_trait;
use diesel::sql_types::{BigInt, Integer, Text, Uuid as SqlUuid};
use diesel::{OptionalExtension, QueryResult, QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use saga::{Command, Journal, LocalAction, Outcome, SagaId};
use service::events::{self, NewEvent};
use service::id::{DepartureId, OrderId, UserId};
use uuid::Uuid;

use super::DepartureToCancel;
use crate::events::{CancellationProgressed, OrderCancelling};
use crate::model::{CancellationId, CancellationStatus};
use crate::sagas::cancel_order::{self, OrderToCancel};
use crate::sagas::not_json;

/// Orders of one departure that are undone at the same time.
pub const MOST_AT_ONCE: i64 = 2_000;
/// Short enough that a busy worker undoes less in the meantime than what is begun: it never waits for a look.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Begins the undoing of confirmed orders, and counts.
pub(super) struct CancelOrders;

#[async_trait]
impl LocalAction<DepartureToCancel> for CancelOrders {
    async fn run(
        &self,
        connection: &mut AsyncPgConnection,
        batch: &[Command<DepartureToCancel>],
    ) -> QueryResult<Vec<Outcome<DepartureToCancel>>> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for command in batch {
            let departure = &command.state;
            adopt_orders_alive(connection, departure).await?;
            let begun = begin_undoing(connection, command).await?;
            let alive = publish_progress(connection, command).await?;
            if begun + alive > 0 {
                outcomes.push(Outcome::Again {
                    state: departure.clone(),
                    after: LOOK_AGAIN,
                });
            } else {
                outcomes.push(Outcome::Done(departure.clone()));
            }
        }
        Ok(outcomes)
    }
}

/// Orders that are alive belong to the cancellation from now on, whoever undoes them.
async fn adopt_orders_alive(
    connection: &mut AsyncPgConnection,
    departure: &DepartureToCancel,
) -> QueryResult<()> {
    sql_query(
        // What another transaction holds right now is adopted at the next look: waiting could end in a deadlock.
        "UPDATE orders SET cancellation_id = $1
         WHERE id IN (SELECT id FROM orders
                      WHERE departure_id = $2 AND cancellation_id IS NULL
                        AND status IN ('PENDING', 'CONFIRMED', 'CANCELLING')
                        AND id NOT IN (SELECT id FROM abandoned_orders)
                      FOR NO KEY UPDATE SKIP LOCKED)",
    )
    .bind::<SqlUuid, _>(departure.cancellation_id)
    .bind::<SqlUuid, _>(departure.departure_id)
    .execute(connection)
    .await
    .map(drop)
}

#[derive(QueryableByName)]
struct OrderRow {
    #[diesel(sql_type = SqlUuid)]
    id: OrderId,
    #[diesel(sql_type = SqlUuid)]
    customer_id: UserId,
    #[diesel(sql_type = SqlUuid)]
    departure_id: DepartureId,
    #[diesel(sql_type = Integer)]
    seats: i32,
}

const BEGIN: &str = "
WITH under_way AS (
    SELECT count(*) AS orders FROM orders
    WHERE departure_id = $1 AND status = 'CANCELLING' AND id NOT IN (SELECT id FROM abandoned_orders)),
chosen AS (
    SELECT id FROM orders
    WHERE departure_id = $1 AND status = 'CONFIRMED'
    ORDER BY id
    LIMIT greatest($2 - (SELECT orders FROM under_way), 0)
    FOR NO KEY UPDATE SKIP LOCKED)
UPDATE orders o SET status = 'CANCELLING', updated_at = now()
FROM chosen WHERE o.id = chosen.id
RETURNING o.id, o.customer_id, o.departure_id, o.seats";

/// Begins the undoing of as many confirmed orders as there is room for; how many.
async fn begin_undoing(
    connection: &mut AsyncPgConnection,
    command: &Command<DepartureToCancel>,
) -> QueryResult<i64> {
    let departure = &command.state;
    let orders: Vec<OrderRow> = sql_query(BEGIN)
        .bind::<SqlUuid, _>(departure.departure_id)
        .bind::<BigInt, _>(MOST_AT_ONCE)
        .get_results(connection)
        .await?;
    let mut sagas = Vec::with_capacity(orders.len());
    let mut written = Vec::with_capacity(orders.len());
    for order in &orders {
        let to_cancel = OrderToCancel {
            order_id: order.id,
            customer_id: order.customer_id,
            departure_id: order.departure_id,
            seats: order.seats,
            reason: Some(departure.reason.clone()),
            refunded: None,
        };
        let mut saga = cancel_order::saga(SagaId::new(), &to_cancel, Some(command.saga)).map_err(not_json)?;
        saga.traceparent.clone_from(&command.traceparent);
        sagas.push(saga);
        let event = NewEvent::new(&OrderCancelling {
            order_id: order.id,
            customer_id: order.customer_id,
            departure_id: order.departure_id,
        });
        written.push(event.map_err(not_json)?.in_trace(command.traceparent.clone()));
    }
    note_requests(
        connection,
        departure,
        &sagas
            .iter()
            .map(|saga| saga.id.0)
            .zip(&orders)
            .collect::<Vec<_>>(),
    )
    .await?;
    Journal::start(connection, &sagas).await?;
    events::append(connection, &written).await?;
    Ok(i64::try_from(orders.len()).unwrap_or(i64::MAX))
}

/// Writes who asked for the undoing of each order, as for one that its customer asks for.
async fn note_requests(
    connection: &mut AsyncPgConnection,
    departure: &DepartureToCancel,
    sagas: &[(Uuid, &OrderRow)],
) -> QueryResult<()> {
    sql_query(
        "INSERT INTO order_cancellations (order_id, saga_id, requested_by, idempotency_key, reason)
         SELECT order_id, saga_id, $3, saga_id, $4 FROM unnest($1, $2) AS begun (order_id, saga_id)",
    )
    .bind::<diesel::sql_types::Array<SqlUuid>, _>(
        sagas.iter().map(|(_, order)| order.id.uuid()).collect::<Vec<_>>(),
    )
    .bind::<diesel::sql_types::Array<SqlUuid>, _>(sagas.iter().map(|(saga, _)| *saga).collect::<Vec<_>>())
    .bind::<SqlUuid, _>(departure.requested_by)
    .bind::<Text, _>(&departure.reason)
    .execute(connection)
    .await
    .map(drop)
}

#[derive(QueryableByName)]
struct Counts {
    #[diesel(sql_type = BigInt)]
    alive: i64,
    #[diesel(sql_type = Integer)]
    total: i32,
    #[diesel(sql_type = Integer)]
    cancelled: i32,
}

#[derive(QueryableByName)]
struct Progress {
    #[diesel(sql_type = SqlUuid)]
    id: CancellationId,
    #[diesel(sql_type = SqlUuid)]
    departure_id: DepartureId,
    #[diesel(sql_type = Integer)]
    orders_total: i32,
    #[diesel(sql_type = Integer)]
    orders_cancelled: i32,
    #[diesel(sql_type = BigInt)]
    revision: i64,
}

/// One statement, so that the totals are of the moment at which none is alive: orders come to rest all the time. What a
/// person gave up is not waited for, and not counted.
const COUNT: &str = "
SELECT (SELECT count(*) FROM orders
        WHERE departure_id = $2 AND status IN ('PENDING', 'CONFIRMED', 'CANCELLING')
          AND id NOT IN (SELECT id FROM abandoned_orders)) AS alive,
       n.total, n.cancelled
FROM (SELECT count(*)::integer AS total,
             (count(*) FILTER (WHERE status IN ('CANCELLED', 'REJECTED')))::integer AS cancelled
      FROM orders WHERE cancellation_id = $1 AND id NOT IN (SELECT id FROM abandoned_orders)) n";

const NOTE_PROGRESS: &str = "
UPDATE cancellations
SET orders_total = $2, orders_cancelled = $3, revision = revision + 1
WHERE id = $1 AND (orders_total, orders_cancelled) IS DISTINCT FROM ($2, $3)
RETURNING id, departure_id, orders_total, orders_cancelled, revision";

/// Brings the totals up to date and publishes them where they changed; how many orders are alive.
async fn publish_progress(
    connection: &mut AsyncPgConnection,
    command: &Command<DepartureToCancel>,
) -> QueryResult<i64> {
    let departure = &command.state;
    let counts: Counts = sql_query(COUNT)
        .bind::<SqlUuid, _>(departure.cancellation_id)
        .bind::<SqlUuid, _>(departure.departure_id)
        .get_result(connection)
        .await?;
    let changed: Option<Progress> = sql_query(NOTE_PROGRESS)
        .bind::<SqlUuid, _>(departure.cancellation_id)
        .bind::<Integer, _>(counts.total)
        .bind::<Integer, _>(counts.cancelled)
        .get_result(connection)
        .await
        .optional()?;
    if let Some(progress) = changed {
        let event = NewEvent::new(&CancellationProgressed {
            cancellation_id: progress.id,
            departure_id: progress.departure_id,
            orders_total: progress.orders_total,
            orders_cancelled: progress.orders_cancelled,
            status: CancellationStatus::Running,
            revision: progress.revision,
        });
        let event = event.map_err(not_json)?.in_trace(command.traceparent.clone());
        events::append(connection, &[event]).await?;
    }
    Ok(counts.alive)
}
