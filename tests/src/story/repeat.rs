//! The fourth point.

use super::{Booking, Programme};
use crate::actor::Customer;
use crate::failure::{refused, told};
use crate::model::BookingRequest;
use crate::{Failure, Stage};

/// The same booking again with the same key returns the same order and takes no money; the same key with another input is
/// IDEMPOTENCY_KEY_REUSED.
///
/// # Errors
/// What is not as told.
pub async fn repeat(
    stage: &Stage,
    customer: &Customer,
    programme: &Programme,
    booking: &Booking,
) -> Result<(), Failure> {
    let tell = stage.tell;
    tell.title(4, "The same booking again, with the same key");
    let before = customer.balance().await?;
    let seats_before = programme.operator.seats_left(&programme.first).await?;

    let key = booking.request.idempotency_key;
    tell.asked(format!("bookExcursion: the same, key {key}"));
    let again = customer.book(&booking.request).await?;
    told("the repeated booking's order", again.order.id, booking.order.id)?;
    told("whether the repeated booking was replayed", again.replayed, true)?;
    tell.answered(format!(
        "order {}, {}, replayed",
        again.order.id, again.order.status
    ));

    let other = BookingRequest {
        seats: 3,
        ..booking.request.clone()
    };
    tell.asked(format!("bookExcursion: 3 seats instead of 2, key {key}"));
    let reused = customer.ask_for(&other).await;
    let refusal = refused(
        "the same key with another input",
        reused,
        "IDEMPOTENCY_KEY_REUSED",
    )?;
    tell.answered(refusal.code().unwrap_or_default());

    told("the number of orders", customer.orders().await?.len(), 1)?;
    let account = customer.account().await?;
    told(
        format!("{}'s balance", customer.name()),
        &account.balance,
        &before,
    )?;
    tell.account(customer.name(), &account);
    let left = programme.operator.seats_left(&programme.first).await?;
    told("the seats left", left, seats_before)?;
    tell.seats("the first departure", left, programme.first.capacity);
    Ok(())
}
