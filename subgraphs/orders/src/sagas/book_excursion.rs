//! Booking seats: quote, charge, reserve, confirm. Turns back on a refusal, and when a fault lasts.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use diesel::sql_types::{Array, BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use saga::{Action, Command, Definition, LocalAction, NewSaga, Outcome, Rejection, SagaId, Step};
use serde::{Deserialize, Serialize};
use service::database::Statement;
use service::events::{self, NewEvent};
use service::id::{DepartureId, OrderId, UserId};
use service::money::Money;
use service::telemetry;
use uuid::Uuid;

use super::not_json;
use crate::events::{OrderConfirmed, OrderRejected};
use crate::model::{NewOrder, Ticket, TicketId, new_code};
use crate::participants::Participants;
use crate::participants::billing::{Charge, Charged, Refund, Refundable};
use crate::participants::excursions::{Bookable, Quote, QuoteSeats, Release, Reserve, Seated};

/// The definition's name.
pub const NAME: &str = "book-excursion";
const VERSION: i32 = 1;
const FIRST_STEP: &str = "quote";

/// What a booking knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Booking {
    order_id: OrderId,
    customer_id: UserId,
    departure_id: DepartureId,
    seats: i32,
    /// Once quoted.
    quote: Option<Quote>,
    /// What came back, once the charge is undone.
    refunded: Option<Money>,
}

impl Charged for Booking {
    fn charge(&self) -> Option<(Uuid, Uuid, Money)> {
        Some((
            self.order_id.uuid(),
            self.customer_id.uuid(),
            self.quote.as_ref()?.total,
        ))
    }
}

impl Refundable for Booking {
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

impl Seated for Booking {
    fn order_and_departure(&self) -> (Uuid, Uuid) {
        (self.order_id.uuid(), self.departure_id.uuid())
    }
}

impl Bookable for Booking {
    fn seats(&self) -> i32 {
        self.seats
    }

    fn unit_price(&self) -> Option<Money> {
        self.quote.as_ref().map(|quote| quote.unit_price)
    }

    fn quoted(&self, quote: Quote) -> Self {
        Self {
            quote: Some(quote),
            ..self.clone()
        }
    }
}

/// The saga of an order that is being placed; it has the order's id.
///
/// # Errors
/// Where its state cannot be written as JSON.
pub fn saga(order: &NewOrder) -> Result<NewSaga, serde_json::Error> {
    let state = Booking {
        order_id: order.id,
        customer_id: order.customer_id,
        departure_id: order.departure_id,
        seats: order.seats,
        quote: None,
        refunded: None,
    };
    let mut saga = NewSaga::new(SagaId(order.id.uuid()), (NAME, VERSION, FIRST_STEP), &state)?;
    saga.subject = Some(order.id.uuid());
    saga.traceparent = telemetry::traceparent();
    Ok(saga)
}

#[derive(QueryableByName)]
struct Changed {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// Makes orders CONFIRMED and issues their tickets, unless their departure is being cancelled.
struct Confirm;

const CONFIRM: &str = "
UPDATE orders o
SET status = 'CONFIRMED', total_minor = c.total_minor, currency = c.currency, starts_at = c.starts_at, updated_at = now()
FROM unnest(";
const CONFIRM_WHERE: &str = ") AS c (id, total_minor, currency, starts_at)
WHERE o.id = c.id AND CASE o.status WHEN 'PENDING' THEN true ELSE false END
  AND NOT EXISTS (SELECT FROM cancellations WHERE cancellations.departure_id = o.departure_id)
RETURNING o.id";

#[async_trait]
impl LocalAction<Booking> for Confirm {
    async fn run(
        &self,
        connection: &mut AsyncPgConnection,
        batch: &[Command<Booking>],
    ) -> QueryResult<Vec<Outcome<Booking>>> {
        let quotes: Vec<Option<&Quote>> = batch.iter().map(|command| command.state.quote.as_ref()).collect();
        let column = |value: fn(&Quote) -> i64| -> Vec<Option<i64>> {
            quotes.iter().map(|quote| quote.map(value)).collect()
        };
        let confirmed: Vec<Changed> = Statement::new(CONFIRM)
            .bind::<Array<SqlUuid>, _>(ids(batch))
            .bind::<Array<Nullable<BigInt>>, _>(column(|quote| quote.total.minor))
            .bind::<Array<Nullable<Text>>, _>(
                quotes
                    .iter()
                    .map(|quote| quote.map(|quote| quote.total.currency.code()))
                    .collect::<Vec<_>>(),
            )
            .bind::<Array<Nullable<Timestamptz>>, _>(
                quotes
                    .iter()
                    .map(|quote| quote.map(|quote| quote.starts_at))
                    .collect::<Vec<Option<DateTime<Utc>>>>(),
            )
            .then(CONFIRM_WHERE)
            .get_results(connection)
            .await?;
        let confirmed: HashSet<Uuid> = confirmed.into_iter().map(|row| row.id).collect();

        let mut issued = Vec::new();
        let mut written = Vec::new();
        let mut outcomes = Vec::with_capacity(batch.len());
        for (command, quote) in batch.iter().zip(quotes) {
            let booking = &command.state;
            let Some(quote) = quote.filter(|_| confirmed.contains(&booking.order_id.uuid())) else {
                outcomes.push(Outcome::Rejected(Rejection {
                    code: "DEPARTURE_CANCELLED".to_owned(),
                    message: "the departure is cancelled".to_owned(),
                }));
                continue;
            };
            let order_id = booking.order_id;
            let of_order: Vec<Ticket> = (0..booking.seats)
                .map(|_| Ticket {
                    id: TicketId::new(),
                    order_id,
                    code: new_code(),
                })
                .collect();
            written.push(confirmed_event(command, quote, &of_order).map_err(not_json)?);
            issued.extend(of_order);
            outcomes.push(Outcome::Done(booking.clone()));
        }
        Ticket::issue(connection, &issued).await?;
        events::append(connection, &written).await?;
        Ok(outcomes)
    }
}

fn confirmed_event(
    command: &Command<Booking>,
    quote: &Quote,
    tickets: &[Ticket],
) -> Result<NewEvent, serde_json::Error> {
    let booking = &command.state;
    let event = NewEvent::new(&OrderConfirmed {
        order_id: booking.order_id,
        customer_id: booking.customer_id,
        departure_id: booking.departure_id,
        seats: booking.seats,
        total: quote.total,
        ticket_codes: tickets.iter().map(|ticket| ticket.code.clone()).collect(),
        excursion_title: quote.excursion_title.clone(),
        starts_at: quote.starts_at,
    })?;
    Ok(event.in_trace(command.traceparent.clone()))
}

/// Makes orders REJECTED, once all that was done for them is undone.
struct Reject;

const REJECT: &str = "
UPDATE orders o
SET status = 'REJECTED', rejection_code = r.code, rejection_message = r.message, total_minor = r.total_minor,
    currency = r.currency, refunded_minor = r.refunded_minor, updated_at = now()
FROM unnest(";
const REJECT_WHERE: &str = ") AS r (id, code, message, total_minor, currency, refunded_minor)
WHERE o.id = r.id AND CASE o.status WHEN 'PENDING' THEN true ELSE false END";

#[async_trait]
impl LocalAction<Booking> for Reject {
    async fn run(
        &self,
        connection: &mut AsyncPgConnection,
        batch: &[Command<Booking>],
    ) -> QueryResult<Vec<Outcome<Booking>>> {
        let reasons: Vec<Rejection> = batch.iter().map(reason).collect();
        let totals: Vec<Option<Money>> = batch
            .iter()
            .map(|command| command.state.quote.as_ref().map(|quote| quote.total))
            .collect();
        Statement::new(REJECT)
            .bind::<Array<SqlUuid>, _>(ids(batch))
            .bind::<Array<Text>, _>(
                reasons
                    .iter()
                    .map(|reason| reason.code.as_str())
                    .collect::<Vec<_>>(),
            )
            .bind::<Array<Text>, _>(
                reasons
                    .iter()
                    .map(|reason| reason.message.as_str())
                    .collect::<Vec<_>>(),
            )
            .bind::<Array<Nullable<BigInt>>, _>(
                totals
                    .iter()
                    .map(|total| total.map(|total| total.minor))
                    .collect::<Vec<_>>(),
            )
            .bind::<Array<Nullable<Text>>, _>(
                totals
                    .iter()
                    .map(|total| total.map(|total| total.currency.code()))
                    .collect::<Vec<_>>(),
            )
            .bind::<Array<Nullable<BigInt>>, _>(
                batch
                    .iter()
                    .map(|command| command.state.refunded.map(|money| money.minor))
                    .collect::<Vec<_>>(),
            )
            .then(REJECT_WHERE)
            .execute(connection)
            .await?;
        let written = batch.iter().zip(reasons).map(|(command, reason)| {
            let booking = &command.state;
            let event = NewEvent::new(&OrderRejected {
                order_id: booking.order_id,
                customer_id: booking.customer_id,
                departure_id: booking.departure_id,
                seats: booking.seats,
                code: reason.code,
                message: reason.message,
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

/// Why the booking turned back: a refusal, or a fault that lasted.
fn reason(command: &Command<Booking>) -> Rejection {
    command.rejection.clone().unwrap_or_else(|| Rejection {
        code: "CONFLICT".to_owned(),
        message: "the booking could not be completed; nothing of it is left".to_owned(),
    })
}

fn ids(batch: &[Command<Booking>]) -> Vec<Uuid> {
    batch
        .iter()
        .map(|command| command.state.order_id.uuid())
        .collect()
}

/// The definition over the participants.
#[must_use]
pub fn definition(participants: &Arc<Participants>) -> Definition<Booking> {
    let participants = || Arc::clone(participants);
    steps(
        QuoteSeats(participants()),
        (Charge(participants()), Refund(participants())),
        (Reserve(participants()), Release(participants())),
    )
}

/// The definition over whoever quotes, charges and refunds, reserves and releases.
#[must_use]
pub fn steps(
    quote: impl Action<Booking>,
    (charge, refund): (impl Action<Booking>, impl Action<Booking>),
    (reserve, release): (impl Action<Booking>, impl Action<Booking>),
) -> Definition<Booking> {
    Definition::new(NAME, VERSION, Step::new(FIRST_STEP, quote))
        .then(Step::new("charge", charge).undone_by(refund))
        .then(Step::new("reserve", reserve).undone_by(release))
        .then(Step::local("confirm", Confirm))
        .when_compensated(Reject)
}
