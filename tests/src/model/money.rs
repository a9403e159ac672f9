//! Money as the API writes it, to be compared and added up.

use std::fmt;
use std::ops::{Add, Mul, Neg, Sub};

use rust_decimal::Decimal;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;

/// An amount of a currency. Two amounts are added only where they are of one currency: scenes use no other.
#[derive(Clone, PartialEq, Eq)]
pub struct Money {
    amount: Decimal,
    currency: String,
}

/// So many euros.
#[must_use]
pub fn eur(euros: i32) -> Money {
    Money {
        amount: Decimal::new(i64::from(euros) * 100, 2),
        currency: "EUR".to_owned(),
    }
}

impl Money {
    fn map(&self, change: impl Fn(Decimal) -> Decimal) -> Self {
        Self {
            amount: change(self.amount),
            currency: self.currency.clone(),
        }
    }

    /// Whether it is less than nothing.
    #[must_use]
    pub fn is_negative(&self) -> bool {
        self.amount < Decimal::ZERO
    }
}

impl Add for &Money {
    type Output = Money;

    fn add(self, other: Self) -> Money {
        self.map(|amount| amount + other.amount)
    }
}

impl Sub for &Money {
    type Output = Money;

    fn sub(self, other: Self) -> Money {
        self.map(|amount| amount - other.amount)
    }
}

impl Mul<i32> for &Money {
    type Output = Money;

    fn mul(self, times: i32) -> Money {
        self.map(|amount| amount * Decimal::from(times))
    }
}

impl Neg for &Money {
    type Output = Money;

    fn neg(self) -> Money {
        self.map(|amount| -amount)
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.amount, self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({ "amount": self.amount.to_string(), "currency": self.currency }).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Json {
            amount: String,
            currency: String,
        }
        let Json { amount, currency } = Json::deserialize(deserializer)?;
        let amount = Decimal::from_str_exact(&amount).map_err(D::Error::custom)?;
        Ok(Self { amount, currency })
    }
}
