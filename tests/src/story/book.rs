//! The third point.

use chrono::TimeDelta;
use serde::Deserialize;
use serde_json::json;

use super::Programme;
use crate::actor::{Customer, Search};
use crate::api::{Api, Document};
use crate::failure::{refused, told};
use crate::model::{Account, BookingRequest, MAIL, Mail, Order, eur};
use crate::records::{Record, Records};
use crate::subscriber::Subscriber;
use crate::{Failure, Stage};

const MAILS: Document = Document::new(
    "notificationReceived",
    &[
        "subscription { result: notificationReceived { cursor notification { ...mail } } }",
        MAIL,
    ],
);

#[derive(Deserialize)]
struct Received {
    cursor: String,
    notification: Mail,
}

/// A booking that was confirmed.
pub struct Booking {
    /// What was asked.
    pub request: BookingRequest,
    /// What came of it.
    pub order: Order,
}

/// The customer tops up, searches by text, city and date, and books two seats: CONFIRMED with two tickets; balance, seats
/// and ledger show it, the mail is there, a subscriber has seen it arrive, the topic holds the record.
///
/// # Errors
/// What is not as told.
pub async fn book(stage: &Stage, customer: &Customer, programme: &Programme) -> Result<Booking, Failure> {
    let tell = stage.tell;
    let name = customer.name();
    tell.title(3, "The customer tops up, searches, and books two seats");
    let token = &customer.0.session.access_token;
    let mut subscriber = Subscriber::begin(&stage.stack.origin, token, &MAILS, json!({})).await?;
    tell.line(
        "subscribed",
        format!("{name} listens to notificationReceived over a WebSocket"),
    );
    let mut records = Records::from_now(&stage.stack.brokers, "orders.events").await?;

    top_up(stage, customer).await?;
    let departure = found(stage, customer, programme).await?;

    let request = BookingRequest::new(&departure, 2);
    tell.asked(format!(
        "bookExcursion: 2 seats on {}, key {}",
        departure.id, request.idempotency_key
    ));
    let booked = customer.book(&request).await?;
    let order = booked.order;
    told("the booking", order.outcome().as_str(), "CONFIRMED")?;
    told("whether the booking was replayed", booked.replayed, false)?;
    let codes: Vec<&str> = order.tickets.iter().map(|ticket| ticket.code.as_str()).collect();
    told("the number of tickets", codes.len(), 2)?;
    told(
        "whether all tickets are valid",
        order.tickets.iter().all(|ticket| ticket.valid),
        true,
    )?;
    tell.answered(format!(
        "order {}, {}, tickets {}",
        order.id,
        order.status,
        codes.join(" and ")
    ));
    tell.timeline(&order);
    told(
        "the steps of the booking",
        order.steps(),
        ["quote", "charge", "reserve", "confirm"],
    )?;

    let account = customer.account().await?;
    told(format!("{name}'s balance"), &account.balance, &eur(50))?;
    told(
        format!("{name}'s ledger"),
        account.movements(),
        ["CHARGE -50.00 EUR", "DEPOSIT 100.00 EUR"],
    )?;
    tell.account(name, &account);
    tell.ledger(name, &account);
    let left = programme.operator.seats_left(&departure).await?;
    told("the seats left", left, 10)?;
    tell.seats("the first departure", left, departure.capacity);

    let mail = customer.mail("ORDER_CONFIRMED", Some(order.id)).await?;
    for code in codes {
        told(
            format!("whether the mail has the ticket {code}"),
            mail.body.contains(code),
            true,
        )?;
    }
    tell.mail(&mail);
    let seen: Received = subscriber.next().await?;
    told("the mail that the subscriber saw", seen.notification.id, mail.id)?;
    tell.line(
        "subscribed",
        format!("{} arrived, cursor {}", seen.notification.kind, seen.cursor),
    );
    let record = records.find("OrderConfirmed", order.id).await?;
    told(
        "the seats in the record",
        record.payload["seats"].as_i64(),
        Some(2),
    )?;
    tell_record(stage, &record);
    Ok(Booking { request, order })
}

/// Without a token, and with one that somebody changed, nothing is paid in.
async fn top_up(stage: &Stage, customer: &Customer) -> Result<Account, Failure> {
    let tell = stage.tell;
    let amount = eur(100);
    let with = |api: Api| {
        let mut stranger = customer.clone();
        stranger.0.api = api;
        stranger
    };
    let nobody = with(stage.visitor.api.clone());
    tell.asked(format!("deposit: {amount}, without a token"));
    refused(
        "a top-up without a token",
        nobody.deposit(&amount).await,
        "UNAUTHENTICATED",
    )?;
    tell.answered("UNAUTHENTICATED");
    let forger = with(
        stage
            .visitor
            .api
            .with_token(&forged(&customer.0.session.access_token)),
    );
    tell.asked(format!("deposit: {amount}, with a token that somebody changed"));
    refused(
        "a top-up with a forged token",
        forger.deposit(&amount).await,
        "UNAUTHENTICATED",
    )?;
    tell.answered("UNAUTHENTICATED");
    tell.asked(format!("deposit: {amount}, with {}'s token", customer.name()));
    let deposited = customer.deposit(&amount).await?;
    tell.answered(format!("entry {}, {}", deposited.entry.id, deposited.entry));
    let account = customer.account().await?;
    told(
        format!("{}'s balance", customer.name()),
        &account.balance,
        &amount,
    )?;
    tell.account(customer.name(), &account);
    Ok(account)
}

/// The token with another signature.
fn forged(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap_or_default();
    let reversed: String = signature.chars().rev().collect();
    format!("{signed}.{reversed}")
}

/// Finds the first departure, and no other.
async fn found(
    stage: &Stage,
    customer: &Customer,
    programme: &Programme,
) -> Result<crate::model::Departure, Failure> {
    let around = |hours| programme.first.starts_at + TimeDelta::hours(hours);
    let search = Search {
        text: format!("rooftop {}", stage.family),
        city: "lisbon".to_owned(),
        starts_from: around(-6),
        starts_to: around(6),
    };
    let day = programme.first.starts_at.format("%d %b");
    stage.tell.asked(format!(
        "excursions: \"{}\" in {} on {day}",
        search.text, search.city
    ));
    let mut departures = customer.search(&search).await?;
    told("how many departures the search finds", departures.len(), 1)?;
    let departure = departures.remove(0);
    told(
        "the departure that the search finds",
        departure.id,
        programme.first.id,
    )?;
    stage.tell.answered(format!(
        "departure {}, {} seats at {}",
        departure.id, departure.seats_available, departure.price
    ));
    Ok(departure)
}

fn tell_record(stage: &Stage, record: &Record) {
    let place = format!("{} {}@{}", record.topic, record.partition, record.offset);
    let tell = stage.tell;
    tell.line(
        "record",
        format!("{} on {place}, key {}", record.header("ce_type"), record.key),
    );
    tell.line(
        "",
        format!(
            "from {}, trace {}",
            record.header("ce_source"),
            record.header("traceparent")
        ),
    );
}
