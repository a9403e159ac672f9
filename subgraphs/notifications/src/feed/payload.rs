//! What entries tell beyond their ids: written by the consumer, read by the subscriptions.

use serde::{Deserialize, Serialize};

use crate::graphql::{CancellationStatus, DepartureStatus, OrderStatus};

/// Of an entry about an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPayload {
    /// Its status from then on.
    pub status: OrderStatus,
}

/// Of an entry about a departure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DeparturePayload {
    /// Its status.
    pub status: DepartureStatus,
    /// Seats that can still be booked.
    pub seats_available: i32,
}

/// Of an entry about a cancellation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CancellationPayload {
    /// Orders to cancel.
    pub orders_total: i32,
    /// Orders cancelled so far.
    pub orders_cancelled: i32,
    /// Whether it is done.
    pub status: CancellationStatus,
}
