//! What an event brings about: a mail, an entry of the feed, both or neither. Pure, apart from the clock.

use std::collections::HashMap;

use chrono::{SubsecRound, Utc};
use serde::Serialize;
use serde_json::{Value, json};
use service::events::{ConsumeError, Event};
use service::id::{DepartureId, OrderId, UserId};

use super::consumed::Consumed;
use crate::feed::{CancellationPayload, DeparturePayload, OrderPayload};
use crate::graphql::OrderStatus;
use crate::mail::{self, ConfirmedOrder, Mail};
use crate::model::departure::Departure;
use crate::model::feed_entry::{self, NewEntry};
use crate::model::notification::{Kind, NewNotification, NotificationId};
use crate::model::recipient::Recipient;

/// What mails are written with.
pub(super) struct Known {
    pub(super) recipients: HashMap<UserId, Recipient>,
    pub(super) departures: HashMap<DepartureId, Departure>,
}

impl Consumed {
    /// Who gets a mail on account of it.
    pub(super) fn recipient(&self) -> Option<UserId> {
        match self {
            Self::UserRegistered(user) => Some(user.user_id),
            Self::OrderConfirmed(order) => Some(order.customer_id),
            Self::OrderRejected(order) => Some(order.customer_id),
            Self::OrderCancelled(order) => Some(order.customer_id),
            _ => None,
        }
    }

    /// The departure that its mail names, if it is known.
    pub(super) fn mentions(&self) -> Option<DepartureId> {
        match self {
            Self::OrderRejected(order) => Some(order.departure_id),
            Self::OrderCancelled(order) => Some(order.departure_id),
            _ => None,
        }
    }
}

/// The mail that an event calls for. Its recipient must be known by now: topics are independent of each other.
pub(super) fn mail_for(fact: &Consumed, known: &Known) -> Result<Option<NewNotification>, ConsumeError> {
    let Some(user) = fact.recipient() else {
        return Ok(None);
    };
    let recipient = known
        .recipients
        .get(&user)
        .ok_or_else(|| ConsumeError::TooEarly(format!("user {user}")))?;
    Ok(
        written(fact, &recipient.name, &known.departures).map(|(kind, order_id, Mail { subject, body })| {
            NewNotification {
                id: NotificationId::new(),
                user_id: user,
                kind,
                recipient: recipient.email.clone(),
                subject,
                body,
                order_id,
                // As exactly as the database keeps it.
                sent_at: Utc::now().trunc_subsecs(6),
            }
        }),
    )
}

fn written(
    fact: &Consumed,
    name: &str,
    departures: &HashMap<DepartureId, Departure>,
) -> Option<(Kind, Option<OrderId>, Mail)> {
    match fact {
        Consumed::UserRegistered(_) => Some((Kind::Welcome, None, mail::welcome(name))),
        Consumed::OrderConfirmed(order) => Some((
            Kind::OrderConfirmed,
            Some(order.order_id),
            mail::order_confirmed(
                name,
                &ConfirmedOrder {
                    order: order.order_id,
                    excursion_title: &order.excursion_title,
                    starts_at: order.starts_at,
                    seats: order.seats,
                    total: order.total,
                    ticket_codes: &order.ticket_codes,
                },
            ),
        )),
        Consumed::OrderRejected(order) => Some((
            Kind::OrderRejected,
            Some(order.order_id),
            mail::order_rejected(
                name,
                order.order_id,
                order.seats,
                departures.get(&order.departure_id),
                mail::reason_in_words(order.code(), &order.message),
            ),
        )),
        Consumed::OrderCancelled(order) => Some((
            Kind::OrderCancelled,
            Some(order.order_id),
            mail::order_cancelled(
                name,
                order.order_id,
                order.seats,
                departures.get(&order.departure_id),
                order.reason.as_deref(),
                order.refunded,
            ),
        )),
        _ => None,
    }
}

/// The entry that tells subscribers of what happened.
pub(super) fn entry_about(event: &Event, fact: &Consumed) -> Result<Option<NewEntry>, ConsumeError> {
    let (kind, subject_id, user_id, payload) = match fact {
        Consumed::UserRegistered(_) => return Ok(None),
        Consumed::OrderPlaced(order) => of_order(order.order_id, order.customer_id, OrderStatus::Pending)?,
        Consumed::OrderConfirmed(order) => {
            of_order(order.order_id, order.customer_id, OrderStatus::Confirmed)?
        }
        Consumed::OrderRejected(order) => of_order(order.order_id, order.customer_id, OrderStatus::Rejected)?,
        Consumed::OrderCancelling(order) => {
            of_order(order.order_id, order.customer_id, OrderStatus::Cancelling)?
        }
        Consumed::OrderCancelled(order) => {
            of_order(order.order_id, order.customer_id, OrderStatus::Cancelled)?
        }
        Consumed::DepartureChanged(change) => {
            let payload = json_of(&DeparturePayload {
                status: change.status,
                seats_available: change.seats_available,
            })?;
            (
                feed_entry::Kind::Departure,
                change.departure_id.uuid(),
                None,
                payload,
            )
        }
        Consumed::CancellationProgressed(progress) => {
            let payload = json_of(&CancellationPayload {
                orders_total: progress.orders_total,
                orders_cancelled: progress.orders_cancelled,
                status: progress.status,
            })?;
            let id = progress.cancellation_id.uuid();
            (feed_entry::Kind::Cancellation, id, None, payload)
        }
    };
    Ok(Some(NewEntry {
        kind,
        subject_id,
        user_id,
        payload,
        occurred_at: event.time,
        traceparent: event.traceparent.clone(),
    }))
}

/// The entry that tells its recipient of a mail; the mail itself is read from where it is.
pub(super) fn entry_of_mail(event: &Event, mail: &NewNotification) -> NewEntry {
    NewEntry {
        kind: feed_entry::Kind::Notification,
        subject_id: mail.id.uuid(),
        user_id: Some(mail.user_id),
        payload: json!({}),
        occurred_at: mail.sent_at,
        traceparent: event.traceparent.clone(),
    }
}

type EntryParts = (feed_entry::Kind, uuid::Uuid, Option<UserId>, Value);

fn of_order(order: OrderId, customer: UserId, status: OrderStatus) -> Result<EntryParts, ConsumeError> {
    let payload = json_of(&OrderPayload { status })?;
    Ok((feed_entry::Kind::Order, order.uuid(), Some(customer), payload))
}

fn json_of(payload: &impl Serialize) -> Result<Value, ConsumeError> {
    serde_json::to_value(payload)
        .map_err(|error| diesel::result::Error::SerializationError(error.into()).into())
}
