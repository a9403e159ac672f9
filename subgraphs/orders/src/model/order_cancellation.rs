//! The undoing of one order: asked for once.

use chrono::Utc;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::id::{OrderId, UserId};
use uuid::Uuid;

use super::{Order, OrderStatus};
use crate::schema::{order_cancellations, orders};

/// The undoing of an order about to be asked for.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = order_cancellations)]
pub struct NewOrderCancellation {
    /// The order.
    pub order_id: OrderId,
    /// The saga that undoes it.
    pub saga_id: Uuid,
    /// Who asks.
    pub requested_by: UserId,
    /// The caller's key for this request.
    pub idempotency_key: Uuid,
    /// Why.
    pub reason: Option<String>,
}

/// What came of asking.
#[derive(Debug)]
pub enum CancelOutcome {
    /// The order is CANCELLING now; its saga is to be started in the same transaction.
    Begun(Box<Order>),
    /// The same request came before.
    Replayed,
    /// The key was used for another request.
    KeyReused,
    /// There is no such order that the caller may see.
    NotFound,
    /// The order is not one that can be cancelled.
    NotCancellable(OrderStatus),
    /// Its departure has begun.
    TooLate,
}

impl NewOrderCancellation {
    /// Marks the order as being undone, if it can be. `visible` tells whether the caller may see it.
    ///
    /// # Errors
    /// The database's; a unique violation means that the same key came twice at the same time: run it again.
    pub async fn begin(
        &self,
        connection: &mut AsyncPgConnection,
        visible: impl Fn(&Order) -> bool,
    ) -> QueryResult<CancelOutcome> {
        let asked_before = order_cancellations::table
            .filter(order_cancellations::requested_by.eq(self.requested_by))
            .filter(order_cancellations::idempotency_key.eq(self.idempotency_key))
            .select((order_cancellations::order_id, order_cancellations::reason))
            .first::<(OrderId, Option<String>)>(connection)
            .await
            .optional()?;
        if let Some((order_id, reason)) = asked_before {
            let same = order_id == self.order_id && reason == self.reason;
            return Ok(if same {
                CancelOutcome::Replayed
            } else {
                CancelOutcome::KeyReused
            });
        }
        let Some(order) = Order::lock(connection, self.order_id)
            .await?
            .filter(|order| visible(order))
        else {
            return Ok(CancelOutcome::NotFound);
        };
        if order.status != OrderStatus::Confirmed {
            return self.after_the_lock(connection, order.status).await;
        }
        if order.starts_at.is_some_and(|starts_at| starts_at <= Utc::now()) {
            return Ok(CancelOutcome::TooLate);
        }
        diesel::update(orders::table.find(self.order_id))
            .set((
                orders::status.eq(OrderStatus::Cancelling),
                orders::updated_at.eq(diesel::dsl::now),
            ))
            .execute(connection)
            .await?;
        diesel::insert_into(order_cancellations::table)
            .values(self)
            .execute(connection)
            .await?;
        Ok(CancelOutcome::Begun(Box::new(order)))
    }

    /// The same request may have won while this one waited for the order's lock.
    async fn after_the_lock(
        &self,
        connection: &mut AsyncPgConnection,
        status: OrderStatus,
    ) -> QueryResult<CancelOutcome> {
        let won = order_cancellations::table
            .find(self.order_id)
            .filter(order_cancellations::requested_by.eq(self.requested_by))
            .filter(order_cancellations::idempotency_key.eq(self.idempotency_key))
            .select(order_cancellations::reason)
            .first::<Option<String>>(connection)
            .await
            .optional()?;
        Ok(match won {
            Some(reason) if reason == self.reason => CancelOutcome::Replayed,
            Some(_) => CancelOutcome::KeyReused,
            None => CancelOutcome::NotCancellable(status),
        })
    }
}
