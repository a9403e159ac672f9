//! The eighth point.

use super::{HeldUp, Programme};
use crate::failure::told;
use crate::model::eur;
use crate::stack::Service;
use crate::{Failure, Stage};

/// In the middle of a booking the orders service is killed with SIGKILL and started again: the saga goes on by itself and
/// ends.
///
/// # Errors
/// What is not as told.
pub async fn crash(stage: &Stage, programme: &Programme) -> Result<(), Failure> {
    let (tell, operator, departure) = (stage.tell, &programme.operator, &programme.first);
    tell.title(8, "The orders service is killed in the middle of a booking");
    let hugo = stage.customer_with("Hugo", &eur(100)).await?;
    let seats_before = operator.seats_left(departure).await?;
    tell.set_up(format!("Hugo registered, with {} on his account", eur(100)));
    tell.process("billing is paused (SIGSTOP), so that Hugo's booking stands still at its charge");
    let held_up = HeldUp::begin(stage, &hugo, departure, 1).await?;
    let (id, request) = (held_up.order.id, held_up.request.clone());
    tell.asked(format!(
        "bookExcursion: 1 seat on {}, key {}",
        departure.id, request.idempotency_key
    ));
    let saga = operator.booking_of(id).await?;
    told(
        "the step of the saga",
        saga.and_then(|saga| saga.step).as_deref(),
        Some("charge"),
    )?;
    tell.line(
        "saga",
        format!(
            "order {id} is {}, its saga RUNNING at the step charge",
            held_up.order.status
        ),
    );

    let orders = stage.process(Service::Orders)?;
    let killed = orders.kill()?;
    tell.process(format!(
        "the process of orders, {}, is killed (SIGKILL)",
        killed.as_raw_nonzero()
    ));
    let answer = held_up.go_on();
    tell.process("billing goes on (SIGCONT)");
    let successor = orders.back_after(killed).await?;
    tell.process(format!(
        "the supervisor has started orders again: process {}",
        successor.as_raw_nonzero()
    ));
    match answer.await {
        Ok(Ok(booked)) => tell.answered(format!("order {id}, {}", booked.order.status)),
        _broken_off => tell.answered("nothing: the connection broke; Hugo does not know what became of it"),
    }

    let order = hugo.settled(id).await?;
    told("Hugo's order", order.outcome().as_str(), "CONFIRMED")?;
    tell.line(
        "order",
        format!("{id}, {}: nobody did anything about it", order.status),
    );
    tell.timeline(&order);
    told("the number of tickets", order.tickets.len(), 1)?;
    let account = hugo.account().await?;
    told(
        "the movements for Hugo's order",
        account.kinds_about(id),
        ["CHARGE"],
    )?;
    told("Hugo's balance", &account.balance, &eur(75))?;
    tell.account("Hugo", &account);
    tell.ledger("Hugo", &account);
    let left = operator.seats_left(departure).await?;
    told("the seats left", left, seats_before - 1)?;
    tell.seats("the first departure", left, departure.capacity);
    tell.mail(&hugo.mail("ORDER_CONFIRMED", Some(id)).await?);

    tell.asked(format!(
        "bookExcursion: the same once more, key {}",
        request.idempotency_key
    ));
    let again = hugo.book(&request).await?;
    told("the order of the repeated request", again.order.id, id)?;
    told("whether it was replayed", again.replayed, true)?;
    tell.answered(format!("order {id}, {}, replayed", again.order.status));
    Ok(())
}
