//! What this service publishes, on `orders.events`.

use chrono::{DateTime, Utc};
use serde::Serialize;
use service::events::EventPayload;
use service::id::{DepartureId, OrderId, UserId};
use service::money::Money;
use uuid::Uuid;

use crate::model::{CancellationId, CancellationStatus};

macro_rules! order_event {
    ($payload:ident) => {
        impl EventPayload for $payload {
            const TYPE: &'static str = stringify!($payload);
            const AGGREGATE: &'static str = "order";

            fn aggregate_id(&self) -> Uuid {
                self.order_id.uuid()
            }
        }
    };
}

/// A customer asked for seats.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPlaced {
    pub order_id: OrderId,
    pub customer_id: UserId,
    pub departure_id: DepartureId,
    pub seats: i32,
}
order_event!(OrderPlaced);

/// The seats are paid and reserved, the tickets issued.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderConfirmed {
    pub order_id: OrderId,
    pub customer_id: UserId,
    pub departure_id: DepartureId,
    pub seats: i32,
    pub total: Money,
    pub ticket_codes: Vec<String>,
    pub excursion_title: String,
    pub starts_at: DateTime<Utc>,
}
order_event!(OrderConfirmed);

/// The order came to nothing, and nothing of it is left.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderRejected {
    pub order_id: OrderId,
    pub customer_id: UserId,
    pub departure_id: DepartureId,
    pub seats: i32,
    pub code: String,
    pub message: String,
}
order_event!(OrderRejected);

/// A confirmed order is being undone.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderCancelling {
    pub order_id: OrderId,
    pub customer_id: UserId,
    pub departure_id: DepartureId,
}
order_event!(OrderCancelling);

/// A confirmed order is undone: money and seats are back.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderCancelled {
    pub order_id: OrderId,
    pub customer_id: UserId,
    pub departure_id: DepartureId,
    pub seats: i32,
    pub refunded: Option<Money>,
    pub reason: Option<String>,
}
order_event!(OrderCancelled);

/// The cancellation of a departure went on, or was completed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CancellationProgressed {
    pub cancellation_id: CancellationId,
    pub departure_id: DepartureId,
    pub orders_total: i32,
    pub orders_cancelled: i32,
    pub status: CancellationStatus,
    pub revision: i64,
}

impl EventPayload for CancellationProgressed {
    const TYPE: &'static str = "CancellationProgressed";
    const AGGREGATE: &'static str = "cancellation";

    fn aggregate_id(&self) -> Uuid {
        self.cancellation_id.uuid()
    }
}
