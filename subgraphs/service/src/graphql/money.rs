//! Money as clients see it: a decimal string and a currency.

use async_graphql::{InputObject, SimpleObject};

use super::{CurrencyCode, DecimalString};
use crate::money::{Money, MoneyError};

/// An amount of money.
#[derive(Clone, Copy, Debug, SimpleObject)]
#[graphql(name = "Money", shareable)]
pub struct MoneyObject {
    /// The amount, with all decimal digits of its currency.
    pub amount: DecimalString,
    /// The currency.
    pub currency: CurrencyCode,
}

impl From<Money> for MoneyObject {
    fn from(money: Money) -> Self {
        Self {
            amount: DecimalString(money.to_decimal()),
            currency: CurrencyCode(money.currency),
        }
    }
}

/// An amount of money given by a client.
#[derive(Clone, Copy, Debug, InputObject)]
pub struct MoneyInput {
    /// The amount, with no more decimal digits than its currency has.
    pub amount: DecimalString,
    /// The currency.
    pub currency: CurrencyCode,
}

impl MoneyInput {
    /// The amount in minor units.
    ///
    /// # Errors
    /// [`MoneyError`] where the currency cannot express it.
    pub fn to_money(self) -> Result<Money, MoneyError> {
        Money::from_decimal(self.amount.0, self.currency.0)
    }
}
