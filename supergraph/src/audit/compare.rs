//! Invariants 4 and 8, between services: what orders say against ledger, seats and mails. Pure.

use std::collections::HashMap;

use billing::audit::Payment;
use excursions::audit::Reservation;
use notifications::audit::Mail;
use notifications::model::notification::Kind;
use orders::audit::AuditedOrder;
use service::audit::Violation;
use uuid::Uuid;

/// What each service has on its books.
pub(super) struct Books {
    pub(super) orders: Vec<AuditedOrder>,
    pub(super) payments: Vec<Payment>,
    pub(super) reservations: Vec<Reservation>,
    pub(super) mails: Vec<Mail>,
}

/// What the other services have on their books about one order.
#[derive(Default)]
struct About<'a> {
    payment: Option<&'a Payment>,
    reservation: Option<&'a Reservation>,
    mails: HashMap<&'static str, i64>,
}

/// What a comparison found.
#[derive(Default)]
pub(super) struct Findings {
    /// What services are not of one mind about.
    pub(super) violations: Vec<Violation>,
    /// What each order holds that a person gave up: none of the invariants tells what that should be.
    pub(super) given_up: Vec<String>,
}

/// What they are not of one mind about. Orders in flight are left out.
pub(super) fn compare(books: &Books) -> Findings {
    let mut about: HashMap<Uuid, About<'_>> = HashMap::new();
    for payment in &books.payments {
        about.entry(payment.order_id.uuid()).or_default().payment = Some(payment);
    }
    for reservation in &books.reservations {
        about.entry(reservation.order_id.uuid()).or_default().reservation = Some(reservation);
    }
    for mail in &books.mails {
        about
            .entry(mail.order_id.uuid())
            .or_default()
            .mails
            .insert(word(mail.kind), mail.count);
    }
    let mut found = Findings::default();
    let violations = &mut found.violations;
    for order in &books.orders {
        let about = about.remove(&order.id).unwrap_or_default();
        if order.abandoned {
            found.given_up.push(holdings(order, &about));
        } else if !order.in_flight {
            violations.extend(money(order, &about));
            violations.extend(seats(order, &about));
            violations.extend(mails(order, &about));
        }
    }
    let without_order = about.into_iter().filter(|(_, about)| {
        about
            .payment
            .is_some_and(|payment| payment.charged != payment.refunded)
            || about.reservation.is_some_and(|reservation| reservation.live)
    });
    violations.extend(without_order.map(|(order, _)| {
        Violation::new(
            4,
            format!("money or seats are held for order {order}, which does not exist"),
        )
    }));
    found
}

/// What there is of an order, as it was left.
fn holdings(order: &AuditedOrder, about: &About<'_>) -> String {
    let money = about.payment.map_or_else(
        || "nothing charged".to_owned(),
        |payment| {
            let Payment {
                charged,
                refunded,
                currency,
                ..
            } = payment;
            format!("charged {charged}, refunded {refunded} minor units of {currency}")
        },
    );
    let live = about.reservation.filter(|reservation| reservation.live);
    let seats = live.map_or(0, |live| live.seats);
    format!(
        "order {} is {}: {money}, {seats} seats held",
        order.id, order.status
    )
}

fn money(order: &AuditedOrder, about: &About<'_>) -> Option<Violation> {
    let (charged, refunded) = about
        .payment
        .map_or((0, 0), |payment| (payment.charged, payment.refunded));
    let total = order.total_minor.unwrap_or_default();
    let right = match order.status.as_str() {
        "CONFIRMED" => charged == total && refunded == 0,
        "CANCELLED" => charged == total && refunded == total,
        _ => charged == refunded,
    };
    let message = || {
        format!(
            "order {} is {} at {total}: charged {charged}, refunded {refunded}",
            order.id, order.status
        )
    };
    (!right).then(|| Violation::new(4, message()))
}

fn seats(order: &AuditedOrder, about: &About<'_>) -> Option<Violation> {
    let live = about.reservation.filter(|reservation| reservation.live);
    let right = if order.status == "CONFIRMED" {
        live.is_some_and(|live| live.seats == order.seats && live.departure_id.uuid() == order.departure_id)
    } else {
        live.is_none()
    };
    let message = || {
        format!(
            "order {} is {} for {} seats: reserved {:?}",
            order.id, order.status, order.seats, live
        )
    };
    (!right).then(|| Violation::new(4, message()))
}

fn mails(order: &AuditedOrder, about: &About<'_>) -> Option<Violation> {
    let wanted: &[&str] = match order.status.as_str() {
        "CONFIRMED" => &["ORDER_CONFIRMED"],
        "REJECTED" => &["ORDER_REJECTED"],
        "CANCELLED" => &["ORDER_CONFIRMED", "ORDER_CANCELLED"],
        _ => &[],
    };
    let once = wanted.iter().all(|kind| about.mails.get(kind) == Some(&1));
    let right = once && about.mails.len() == wanted.len();
    let message = || format!("order {} is {}: mails {:?}", order.id, order.status, about.mails);
    (!right).then(|| Violation::new(8, message()))
}

fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::OrderConfirmed => "ORDER_CONFIRMED",
        Kind::OrderRejected => "ORDER_REJECTED",
        Kind::OrderCancelled => "ORDER_CANCELLED",
        Kind::Welcome => "WELCOME",
    }
}

#[cfg(test)]
mod tests;
