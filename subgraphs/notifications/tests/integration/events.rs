//! Events as the other services publish them.

use serde_json::{Value, json};
use service::events::{Event, Topic};
use service::id::{DepartureId, OrderId, UserId};
use uuid::Uuid;

pub(super) fn email_of(user: UserId) -> String {
    format!("{user}@example.org")
}

pub(super) fn user_registered(user: UserId) -> Event {
    let payload = json!({
        "userId": user, "email": email_of(user), "name": "Ada", "role": "CUSTOMER",
        "registeredAt": "2026-11-22T10:00:00Z",
    });
    Event::arrived(Topic::Users, "UserRegistered", user.uuid(), &payload)
}

/// An order as its events tell of it.
#[derive(Clone, Copy)]
pub(super) struct Order {
    pub(super) id: OrderId,
    pub(super) customer: UserId,
    pub(super) departure: DepartureId,
}

impl Order {
    pub(super) fn of(customer: UserId) -> Self {
        Self {
            id: OrderId::new(),
            customer,
            departure: DepartureId::new(),
        }
    }

    fn event(&self, event_type: &str, more: Value) -> Event {
        let mut payload = json!({
            "orderId": self.id, "customerId": self.customer, "departureId": self.departure, "seats": 2,
        });
        if let (Some(payload), Value::Object(more)) = (payload.as_object_mut(), more) {
            payload.extend(more);
        }
        Event::arrived(Topic::Orders, event_type, self.id.uuid(), &payload)
    }

    pub(super) fn placed(&self) -> Event {
        self.event("OrderPlaced", json!({}))
    }

    pub(super) fn confirmed(&self) -> Event {
        let more = json!({
            "total": { "amount": "25.00", "currency": "EUR" },
            "ticketCodes": ["AAAA-1111", "BBBB-2222"],
            "excursionTitle": "Old town by night",
            "startsAt": "2027-05-01T18:30:00Z",
        });
        self.event("OrderConfirmed", more)
    }

    pub(super) fn rejected(&self, code: &str, message: &str) -> Event {
        self.event("OrderRejected", json!({ "code": code, "message": message }))
    }

    pub(super) fn cancelling(&self) -> Event {
        self.event("OrderCancelling", json!({}))
    }

    pub(super) fn cancelled(&self) -> Event {
        let more = json!({ "refunded": { "amount": "25.00", "currency": "EUR" }, "reason": "Rain." });
        self.event("OrderCancelled", more)
    }
}

pub(super) fn departure_updated(departure: DepartureId, seats_available: i32, revision: i64) -> Event {
    let payload = json!({
        "departureId": departure, "excursionId": Uuid::now_v7(), "title": "Old town by night", "city": "Riga",
        "startsAt": "2027-05-01T18:30:00Z", "capacity": 20, "seatsAvailable": seats_available,
        "price": { "amount": "12.50", "currency": "EUR" }, "status": "OPEN", "revision": revision,
    });
    let event_type = if revision == 1 {
        "DepartureScheduled"
    } else {
        "DepartureUpdated"
    };
    Event::arrived(Topic::Excursions, event_type, departure.uuid(), &payload)
}

pub(super) fn cancellation_progressed(cancellation: Uuid, orders_cancelled: i32) -> Event {
    let status = if orders_cancelled == 3 {
        "COMPLETED"
    } else {
        "RUNNING"
    };
    let payload = json!({
        "cancellationId": cancellation, "departureId": DepartureId::new(), "ordersTotal": 3,
        "ordersCancelled": orders_cancelled, "status": status, "revision": orders_cancelled,
    });
    Event::arrived(Topic::Orders, "CancellationProgressed", cancellation, &payload)
}
