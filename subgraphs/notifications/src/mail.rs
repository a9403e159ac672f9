//! What mails say.

use chrono::{DateTime, Utc};
use service::graphql::ErrorCode;
use service::id::OrderId;
use service::money::Money;

use crate::model::departure::Departure;

/// Subject and text of a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The subject line.
    pub subject: String,
    /// The text.
    pub body: String,
}

/// To somebody who registered.
#[must_use]
pub fn welcome(name: &str) -> Mail {
    Mail {
        subject: format!("Welcome, {name}!"),
        body: format!(
            "Hello {name},\n\nyour account is ready. Top it up, choose an excursion, and off you go."
        ),
    }
}

/// What the mail about a confirmed order is made of.
pub struct ConfirmedOrder<'a> {
    /// The order.
    pub order: OrderId,
    /// What was booked.
    pub excursion_title: &'a str,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// How many seats.
    pub seats: i32,
    /// What they cost.
    pub total: Money,
    /// A code a seat.
    pub ticket_codes: &'a [String],
}

/// To a customer whose order is confirmed.
#[must_use]
pub fn order_confirmed(name: &str, order: &ConfirmedOrder<'_>) -> Mail {
    let title = order.excursion_title;
    let tickets: String = order
        .ticket_codes
        .iter()
        .map(|code| format!("    {code}\n"))
        .collect();
    Mail {
        subject: format!("Your booking is confirmed: {title}"),
        body: format!(
            "Hello {name},\n\n{seats} on \"{title}\" on {time} {are} yours. We took {total} from your account.\n\n\
             {tickets_are}\n{tickets}\nOrder {id}",
            seats = seats(order.seats),
            are = if order.seats == 1 { "is" } else { "are" },
            time = time(order.starts_at),
            total = order.total,
            tickets_are = if order.seats == 1 {
                "Your ticket:"
            } else {
                "Your tickets:"
            },
            id = order.order,
        ),
    }
}

/// To a customer whose order came to nothing.
#[must_use]
pub fn order_rejected(
    name: &str,
    order: OrderId,
    seats_wanted: i32,
    departure: Option<&Departure>,
    reason: &str,
) -> Mail {
    Mail {
        subject: format!("We could not book {}", what(departure)),
        body: format!(
            "Hello {name},\n\nwe could not book {seats}{on} for you: {reason}. Nothing was taken from your account.\n\n\
             Order {order}",
            seats = seats(seats_wanted),
            on = on(departure),
        ),
    }
}

/// To a customer whose order was cancelled.
#[must_use]
pub fn order_cancelled(
    name: &str,
    order: OrderId,
    seats_freed: i32,
    departure: Option<&Departure>,
    reason: Option<&str>,
    refunded: Option<Money>,
) -> Mail {
    let reason = reason
        .map(str::trim)
        .filter(|reason| !reason.is_empty())
        .map(|reason| format!(" The reason given: {reason}"))
        .unwrap_or_default();
    let money = refunded.map_or_else(
        || "Nothing had been taken from your account.".to_owned(),
        |refunded| format!("We put {refunded} back into your account."),
    );
    Mail {
        subject: format!("Cancelled: {}", what(departure)),
        body: format!(
            "Hello {name},\n\nyour order of {seats}{on} is cancelled.{reason}\n\n{money} The tickets are no longer \
             valid.\n\nOrder {order}",
            seats = seats(seats_freed),
            on = on(departure),
        ),
    }
}

/// Why an order was rejected, in words that fit after a colon; what the event said where there are none.
#[must_use]
pub fn reason_in_words(code: Option<ErrorCode>, message: &str) -> &str {
    match code {
        Some(ErrorCode::SoldOut) => "there are not enough seats left",
        Some(ErrorCode::InsufficientFunds) => "there is not enough money in your account",
        Some(ErrorCode::CurrencyMismatch) => "the price is in another currency than your account",
        Some(ErrorCode::SalesClosed) => "sales for it are closed",
        Some(ErrorCode::DepartureCancelled) => "it is cancelled",
        Some(ErrorCode::PriceChanged) => "its price changed while you were booking",
        Some(ErrorCode::NotFound) => "it does not exist any more",
        _ => message.trim().trim_end_matches('.'),
    }
}

fn what(departure: Option<&Departure>) -> &str {
    departure.map_or("your excursion", |departure| &departure.title)
}

fn on(departure: Option<&Departure>) -> String {
    departure
        .map(|departure| format!(" on \"{}\" on {}", departure.title, time(departure.starts_at)))
        .unwrap_or_default()
}

fn seats(count: i32) -> String {
    if count == 1 {
        "1 seat".to_owned()
    } else {
        format!("{count} seats")
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%A, %-d %B %Y at %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use service::id::DepartureId;

    use super::*;

    fn departure() -> Departure {
        Departure {
            id: DepartureId::new(),
            title: "Old town by night".to_owned(),
            starts_at: "2027-05-01T18:30:00Z".parse().unwrap(),
            revision: 1,
        }
    }

    fn euros(minor: i64) -> Money {
        Money {
            minor,
            currency: "EUR".parse().unwrap(),
        }
    }

    #[test]
    fn confirmation_holds_title_time_price_and_tickets() {
        let order = OrderId::new();
        let codes = ["AAAA-1111".to_owned(), "BBBB-2222".to_owned()];
        let mail = order_confirmed(
            "Ada",
            &ConfirmedOrder {
                order,
                excursion_title: "Old town by night",
                starts_at: departure().starts_at,
                seats: 2,
                total: euros(2500),
                ticket_codes: &codes,
            },
        );
        assert_eq!(mail.subject, "Your booking is confirmed: Old town by night");
        assert_eq!(
            mail.body,
            format!(
                "Hello Ada,\n\n2 seats on \"Old town by night\" on Saturday, 1 May 2027 at 18:30 UTC are yours. We took \
                 25.00 EUR from your account.\n\nYour tickets:\n    AAAA-1111\n    BBBB-2222\n\nOrder {order}"
            )
        );
    }

    #[test]
    fn rejection_tells_why_in_plain_words() {
        let order = OrderId::new();
        let reason = reason_in_words(Some(ErrorCode::SoldOut), "SOLD_OUT: 0 of 5");
        let mail = order_rejected("Ada", order, 1, Some(&departure()), reason);
        assert_eq!(mail.subject, "We could not book Old town by night");
        assert!(
            mail.body.contains(
                "we could not book 1 seat on \"Old town by night\" on Saturday, 1 May 2027 at 18:30 UTC for you: there \
                 are not enough seats left. Nothing was taken"
            ),
            "{}",
            mail.body
        );
        let unknown = order_rejected("Ada", order, 3, None, reason_in_words(None, "The moon was full."));
        assert!(
            unknown
                .body
                .contains("we could not book 3 seats for you: The moon was full. Nothing"),
            "{}",
            unknown.body
        );
    }

    #[test]
    fn cancellation_tells_what_was_refunded() {
        let order = OrderId::new();
        let refunded = order_cancelled(
            "Ada",
            order,
            2,
            Some(&departure()),
            Some("Storm ahead."),
            Some(euros(2500)),
        );
        assert_eq!(refunded.subject, "Cancelled: Old town by night");
        assert!(
            refunded.body.contains("The reason given: Storm ahead."),
            "{}",
            refunded.body
        );
        assert!(
            refunded.body.contains("We put 25.00 EUR back"),
            "{}",
            refunded.body
        );
        let untouched = order_cancelled("Ada", order, 2, None, Some(" "), None);
        assert!(
            untouched.body.contains("is cancelled.\n\nNothing had been taken"),
            "{}",
            untouched.body
        );
    }
}
