//! The events of others, as far as mails and the live feed need them.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::Value;
use service::events::{Event, MalformedEvent};
use service::graphql::ErrorCode;
use service::id::{DepartureId, OrderId, UserId};
use service::money::Money;

use crate::feed::CancellationId;
use crate::graphql::{CancellationStatus, DepartureStatus};

/// One of the events that have an effect here.
pub(super) enum Consumed {
    UserRegistered(UserRegistered),
    OrderPlaced(OrderStep),
    OrderConfirmed(OrderConfirmed),
    OrderRejected(OrderRejected),
    OrderCancelling(OrderStep),
    OrderCancelled(OrderCancelled),
    DepartureChanged(DepartureChanged),
    CancellationProgressed(CancellationProgressed),
}

impl Consumed {
    /// Reads an event; nothing where it is of a type that has no effect here.
    pub(super) fn read(event: &Event) -> Result<Option<Self>, MalformedEvent> {
        Ok(Some(match event.event_type.as_str() {
            "UserRegistered" => Self::UserRegistered(event.payload()?),
            "OrderPlaced" => Self::OrderPlaced(event.payload()?),
            "OrderConfirmed" => Self::OrderConfirmed(event.payload()?),
            "OrderRejected" => Self::OrderRejected(event.payload()?),
            "OrderCancelling" => Self::OrderCancelling(event.payload()?),
            "OrderCancelled" => Self::OrderCancelled(event.payload()?),
            "DepartureScheduled" | "DepartureUpdated" => Self::DepartureChanged(event.payload()?),
            "CancellationProgressed" => Self::CancellationProgressed(event.payload()?),
            _ => return Ok(None),
        }))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct UserRegistered {
    pub(super) user_id: UserId,
    pub(super) email: String,
    pub(super) name: String,
    pub(super) registered_at: DateTime<Utc>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderStep {
    pub(super) order_id: OrderId,
    pub(super) customer_id: UserId,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderConfirmed {
    pub(super) order_id: OrderId,
    pub(super) customer_id: UserId,
    pub(super) seats: i32,
    pub(super) total: Money,
    pub(super) ticket_codes: Vec<String>,
    pub(super) excursion_title: String,
    pub(super) starts_at: DateTime<Utc>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderRejected {
    pub(super) order_id: OrderId,
    pub(super) customer_id: UserId,
    pub(super) departure_id: DepartureId,
    pub(super) seats: i32,
    /// A word of [`ErrorCode`]; one that is not known here is no reason to withhold the mail.
    pub(super) code: String,
    pub(super) message: String,
}

impl OrderRejected {
    pub(super) fn code(&self) -> Option<ErrorCode> {
        serde_json::from_value(Value::String(self.code.clone())).ok()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OrderCancelled {
    pub(super) order_id: OrderId,
    pub(super) customer_id: UserId,
    pub(super) departure_id: DepartureId,
    pub(super) seats: i32,
    pub(super) refunded: Option<Money>,
    pub(super) reason: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DepartureChanged {
    pub(super) departure_id: DepartureId,
    pub(super) title: String,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) seats_available: i32,
    pub(super) status: DepartureStatus,
    pub(super) revision: i64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CancellationProgressed {
    pub(super) cancellation_id: CancellationId,
    pub(super) orders_total: i32,
    pub(super) orders_cancelled: i32,
    pub(super) status: CancellationStatus,
}
