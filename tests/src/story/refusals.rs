//! The fifth point.

use super::Programme;
use crate::actor::Customer;
use crate::failure::told;
use crate::model::{BookingRequest, Departure, Money, Order, eur};
use crate::{Failure, Stage};

/// Too little money: REJECTED with INSUFFICIENT_FUNDS, nothing taken. No seats left: charged, then refunded, REJECTED with
/// SOLD_OUT; the order's timeline shows charge and refund.
///
/// # Errors
/// What is not as told.
pub async fn refusals(stage: &Stage, programme: &Programme) -> Result<(), Failure> {
    let tell = stage.tell;
    tell.title(5, "Too little money, and no seats left");
    let boris = stage.customer_with("Boris", &eur(10)).await?;
    tell.set_up(format!("Boris registered, with {} on his account", eur(10)));
    let order = turned_down(stage, &boris, &programme.small, "INSUFFICIENT_FUNDS").await?;
    told(
        "the steps of Boris's booking",
        order.steps(),
        ["quote", "-charge"],
    )?;
    told(
        "the movements for it",
        boris.account().await?.kinds_about(order.id),
        [""; 0],
    )?;
    holds(stage, &boris, &eur(10)).await?;
    seats_left(stage, programme, 2).await?;

    let clara = stage.customer_with("Clara", &eur(60)).await?;
    let both = clara.book(&BookingRequest::new(&programme.small, 2)).await?.order;
    told("Clara's booking", both.outcome().as_str(), "CONFIRMED")?;
    boris.deposit(&eur(50)).await?;
    tell.set_up(format!(
        "Clara books both seats, order {}; Boris tops up {}",
        both.id,
        eur(50)
    ));
    seats_left(stage, programme, 0).await?;
    let order = turned_down(stage, &boris, &programme.small, "SOLD_OUT").await?;
    told(
        "the steps of Boris's booking",
        order.steps(),
        ["quote", "charge", "-reserve", "-charge"],
    )?;
    told(
        "the movements for it",
        boris.account().await?.kinds_about(order.id),
        ["CHARGE", "REFUND"],
    )?;
    holds(stage, &boris, &eur(60)).await?;
    tell.ledger("Boris", &boris.account().await?);
    seats_left(stage, programme, 0).await
}

/// Asks for a seat, and is turned down for this reason.
async fn turned_down(
    stage: &Stage,
    customer: &Customer,
    departure: &Departure,
    code: &str,
) -> Result<Order, Failure> {
    let name = customer.name();
    stage.tell.asked(format!(
        "bookExcursion: 1 seat at {} on {}, for {name}",
        departure.price, departure.id
    ));
    let order = customer.book(&BookingRequest::new(departure, 1)).await?.order;
    let message = order
        .rejection
        .as_ref()
        .map(|rejection| rejection.message.as_str());
    told(
        format!("{name}'s booking"),
        order.outcome(),
        format!("REJECTED: {code}"),
    )?;
    told("the number of tickets", order.tickets.len(), 0)?;
    stage.tell.answered(format!(
        "order {}, {} ({})",
        order.id,
        order.outcome(),
        message.unwrap_or_default()
    ));
    stage.tell.timeline(&order);
    let mail = customer.mail("ORDER_REJECTED", Some(order.id)).await?;
    stage.tell.mail(&mail);
    Ok(order)
}

async fn holds(stage: &Stage, customer: &Customer, amount: &Money) -> Result<(), Failure> {
    let account = customer.account().await?;
    told(format!("{}'s balance", customer.name()), &account.balance, amount)?;
    stage.tell.account(customer.name(), &account);
    Ok(())
}

async fn seats_left(stage: &Stage, programme: &Programme, seats: i32) -> Result<(), Failure> {
    let left = programme.operator.seats_left(&programme.small).await?;
    told("the seats left", left, seats)?;
    stage
        .tell
        .seats("the small departure", left, programme.small.capacity);
    Ok(())
}
