//! The sixth point.

use super::{Booking, Programme};
use crate::actor::Customer;
use crate::failure::told;
use crate::{Failure, Stage};

/// The customer cancels an order: refund, seats back, mail.
///
/// # Errors
/// What is not as told.
pub async fn cancel_order(
    stage: &Stage,
    customer: &Customer,
    programme: &Programme,
    booking: &Booking,
) -> Result<(), Failure> {
    let tell = stage.tell;
    let name = customer.name();
    tell.title(6, "The customer cancels the order");
    let before = customer.balance().await?;
    let seats_before = programme.operator.seats_left(&programme.first).await?;

    let order = booking.order.id;
    tell.asked(format!("cancelOrder: {order}, \"a cold\""));
    let order = customer.cancel(order, "a cold").await?;
    told("the order", order.status.as_str(), "CANCELLED")?;
    told(
        "whether a ticket is still valid",
        order.tickets.iter().any(|ticket| ticket.valid),
        false,
    )?;
    tell.answered(format!(
        "order {}, {}; its tickets are no longer valid",
        order.id, order.status
    ));
    tell.timeline(&order);

    let account = customer.account().await?;
    let price = &programme.first.price * booking.request.seats;
    told(format!("{name}'s balance"), &account.balance, &(&before + &price))?;
    told(
        "the movements for the order",
        account.kinds_about(order.id),
        ["CHARGE", "REFUND"],
    )?;
    tell.account(name, &account);
    tell.ledger(name, &account);
    let left = programme.operator.seats_left(&programme.first).await?;
    told("the seats left", left, seats_before + booking.request.seats)?;
    tell.seats("the first departure", left, programme.first.capacity);
    tell.mail(&customer.mail("ORDER_CANCELLED", Some(order.id)).await?);
    Ok(())
}
