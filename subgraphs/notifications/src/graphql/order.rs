//! Orders, which another subgraph has: a reference, and what becomes of them.

use async_graphql::{Enum, ID, SimpleObject};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use service::id::OrderId;

use crate::feed::OrderPayload;
use crate::model::feed_entry::Entry;

/// A customer's request for seats on a departure, and what became of it.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(unresolvable)]
pub struct Order {
    /// The order's id.
    pub id: ID,
}

impl From<OrderId> for Order {
    fn from(id: OrderId) -> Self {
        Self {
            id: id.to_string().into(),
        }
    }
}

/// How far an order is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OrderStatus {
    /// Placed, and not decided yet.
    Pending,
    /// The seats are the customer's.
    Confirmed,
    /// It came to nothing; whatever was taken is given back.
    Rejected,
    /// Being cancelled.
    Cancelling,
    /// Cancelled; the money is back and the seats are free.
    Cancelled,
}

/// An order's status changed.
#[derive(Clone, Debug, SimpleObject)]
pub struct OrderUpdate {
    /// Where to resume: give it as `after`.
    pub cursor: String,
    /// The order.
    pub order: Order,
    /// Its status from then on.
    pub status: OrderStatus,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
}

impl TryFrom<&Entry> for OrderUpdate {
    type Error = serde_json::Error;

    fn try_from(entry: &Entry) -> Result<Self, Self::Error> {
        let payload = OrderPayload::deserialize(&entry.payload)?;
        Ok(Self {
            cursor: entry.position.to_cursor(),
            order: OrderId::from(entry.subject_id).into(),
            status: payload.status,
            occurred_at: entry.occurred_at,
        })
    }
}
