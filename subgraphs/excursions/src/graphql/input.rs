//! Reading what mutations are given: everything wrong is noted, so that a client hears of all of it at once.

use async_graphql::ID;
use chrono::{DateTime, Datelike, SubsecRound, Utc};
use service::graphql::{ErrorCode, MoneyInput, UserError, UserErrors};
use service::money::{Currency, Money};

use crate::model::departure::{MAX_CAPACITY, MAX_PRICE_MINOR};

/// Whether RFC 3339 and PostgreSQL can express an instant.
pub fn is_expressible(instant: DateTime<Utc>) -> bool {
    (1..=9999).contains(&instant.year())
}

/// An instant to the microsecond, as PostgreSQL keeps it; noted as invalid where it cannot be expressed.
pub fn instant(errors: &mut UserErrors, field: &str, instant: DateTime<Utc>) -> DateTime<Utc> {
    if !is_expressible(instant) {
        errors.invalid(&[field], "must be in the years 1 to 9999");
    }
    instant.trunc_subsecs(6)
}

/// The price of a seat, or nothing where it is noted as invalid.
pub fn price(errors: &mut UserErrors, input: MoneyInput) -> Option<Money> {
    let max = |currency: Currency| Money {
        minor: MAX_PRICE_MINOR,
        currency,
    };
    let message = match input.to_money() {
        Ok(price) if price.minor <= 0 => "must be more than zero".to_owned(),
        Ok(price) if price.minor > MAX_PRICE_MINOR => format!("must be at most {}", max(price.currency)),
        Ok(price) => return Some(price),
        Err(error) => error.to_string(),
    };
    errors.invalid(&["price", "amount"], message);
    None
}

/// A number of seats, noted as invalid where no departure may have so many.
pub fn capacity(errors: &mut UserErrors, capacity: i32) -> i32 {
    errors.number(&["capacity"], capacity, 1, MAX_CAPACITY)
}

/// The id behind an `ID`; one that cannot be ours is noted as not found.
pub fn id<T>(errors: &mut UserErrors, field: &str, id: &ID, read: fn(&ID) -> Option<T>) -> Option<T> {
    let read = read(id);
    if read.is_none() {
        errors.push(not_found(field));
    }
    read
}

/// The error where what an id names does not exist.
pub fn not_found(field: &str) -> UserError {
    UserError::at(ErrorCode::NotFound, &[field], "there is none with this id")
}

/// The error where an idempotency key comes with another input than before.
pub fn key_reused() -> UserError {
    let message = "the key was used before with another input; nothing happened";
    UserError::at(ErrorCode::IdempotencyKeyReused, &["idempotencyKey"], message)
}
