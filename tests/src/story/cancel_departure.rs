//! The seventh point.

use serde::Deserialize;
use serde_json::json;

use super::{HeldUp, Programme};
use crate::actor::Customer;
use crate::api::Document;
use crate::failure::told;
use crate::model::{BookingRequest, Cancellation, Departure, Order, eur};
use crate::patience::until;
use crate::subscriber::Subscriber;
use crate::{Failure, Stage};

const PROGRESS: Document = Document::new(
    "cancellationProgressed",
    &[
        "subscription ($id: ID!) { result: cancellationProgressed(cancellationId: $id) {
        status ordersTotal ordersCancelled } }",
    ],
);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Progress {
    status: String,
    orders_total: i32,
    orders_cancelled: i32,
}

/// The operator cancels a departure that has several orders, one still being booked: all refunded, seats released, everyone
/// mailed, departure CANCELLED, the cancellation's totals right.
///
/// # Errors
/// What is not as told.
pub async fn cancel_departure(stage: &Stage, programme: &Programme) -> Result<(), Failure> {
    let (tell, operator, departure) = (stage.tell, &programme.operator, &programme.doomed);
    tell.title(
        7,
        "The operator cancels a departure while somebody is booking on it",
    );
    let mut confirmed = Vec::new();
    for (name, seats) in [("Dmitri", 1), ("Elena", 2), ("Farid", 3)] {
        let customer = stage.customer_with(name, &eur(100)).await?;
        let order = customer.book(&BookingRequest::new(departure, seats)).await?.order;
        told(format!("{name}'s booking"), order.outcome().as_str(), "CONFIRMED")?;
        let balance = customer.balance().await?;
        tell.set_up(format!(
            "{name} books {seats}, order {}, and has {balance} left",
            order.id
        ));
        confirmed.push((customer, order));
    }
    let greta = stage.customer_with("Greta", &eur(100)).await?;
    tell.process("billing is paused (SIGSTOP), so that Greta's booking stands still at its charge");
    let held_up = HeldUp::begin(stage, &greta, departure, 1).await?;
    let pending = held_up.order.id;
    tell.asked("bookExcursion: 1 seat, for Greta");
    tell.line("order", format!("{pending}, {}", held_up.order.status));
    told("the seats left", operator.seats_left(departure).await?, 14)?;
    tell.seats("the doomed departure", 14, departure.capacity);

    tell.asked(format!("cancelDeparture: {}, \"a storm\"", departure.id));
    let begun = operator.cancel(departure, "a storm").await?;
    told(
        "the cancellation while billing is paused",
        begun.status.as_str(),
        "RUNNING",
    )?;
    told("the orders to be undone", begun.orders_total, 4)?;
    tell.answered(format!("cancellation {}, {}", begun.id, progress_of(&begun)));
    let id = json!({ "id": begun.id });
    let token = &operator.0.session.access_token;
    let mut progress = Subscriber::begin(&stage.stack.origin, token, &PROGRESS, id).await?;
    until("the departure being CANCELLING", async || {
        let now = operator.departure(departure.id).await?;
        Ok((now.status == "CANCELLING").then_some(()))
    })
    .await?;
    tell.line("departure", "CANCELLING: nothing new is reserved on it");
    tell.process("billing goes on (SIGCONT)");
    let _answered_with_whatever_it_was_then = held_up.go_on();
    follow(stage, &mut progress).await?;

    let cancellation = operator.completed(begun.id).await?;
    totals(stage, &cancellation)?;
    for (customer, order) in &confirmed {
        let order = customer.settled(order.id).await?;
        told(
            format!("{}'s order", customer.name()),
            order.outcome().as_str(),
            "CANCELLED",
        )?;
        made_whole(stage, customer, &order, "ORDER_CANCELLED").await?;
    }
    let order = greta.settled(pending).await?;
    told(
        "Greta's order",
        order.outcome().as_str(),
        "REJECTED: DEPARTURE_CANCELLED",
    )?;
    made_whole(stage, &greta, &order, "ORDER_REJECTED").await?;
    tell.timeline(&order);
    all_seats_back(stage, programme, departure).await
}

/// Tells of the cancellation's progress until it is completed.
async fn follow(stage: &Stage, progress: &mut Subscriber) -> Result<(), Failure> {
    loop {
        let Progress {
            status,
            orders_total,
            orders_cancelled,
        } = progress.next().await?;
        stage
            .tell
            .line("subscribed", in_words(&status, orders_cancelled, orders_total));
        if status == "COMPLETED" {
            return Ok(());
        }
    }
}

fn progress_of(cancellation: &Cancellation) -> String {
    let Cancellation {
        status,
        orders_total,
        orders_cancelled,
        ..
    } = cancellation;
    in_words(status, *orders_cancelled, *orders_total)
}

fn in_words(status: &str, cancelled: i32, total: i32) -> String {
    format!("{status}, {cancelled} of {total} orders undone")
}

fn totals(stage: &Stage, cancellation: &Cancellation) -> Result<(), Failure> {
    let Cancellation {
        orders_total,
        orders_cancelled,
        refunded,
        ..
    } = cancellation;
    told("the cancellation's orders", *orders_total, 4)?;
    told("the cancellation's orders that are undone", *orders_cancelled, 4)?;
    // Greta's charge went through when billing went on, and came back.
    told("what the cancellation refunded", refunded.as_slice(), [eur(140)])?;
    let refunded = refunded
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let text = format!("{}, {refunded} refunded", progress_of(cancellation));
    stage.tell.line("totals", text);
    Ok(())
}

async fn made_whole(stage: &Stage, customer: &Customer, order: &Order, kind: &str) -> Result<(), Failure> {
    let name = customer.name();
    let account = customer.account().await?;
    told(
        format!("the movements for {name}'s order"),
        account.kinds_about(order.id),
        ["CHARGE", "REFUND"],
    )?;
    told(format!("{name}'s balance"), &account.balance, &eur(100))?;
    let mail = customer.mail(kind, Some(order.id)).await?;
    let text = format!("{name}: {}, balance {}", order.outcome(), account.balance);
    stage.tell.line("order", text);
    stage.tell.mail(&mail);
    Ok(())
}

async fn all_seats_back(stage: &Stage, programme: &Programme, departure: &Departure) -> Result<(), Failure> {
    let departure = programme.operator.departure(departure.id).await?;
    told("the departure", departure.status.as_str(), "CANCELLED")?;
    told("the seats left", departure.seats_available, departure.capacity)?;
    stage.tell.line("departure", &departure.status);
    stage.tell.seats(
        "the doomed departure",
        departure.seats_available,
        departure.capacity,
    );
    Ok(())
}
