//! Money inside the services: whole minor units (cents) of an ISO 4217 currency. Decimals exist only at the edge.
//!
//! Invariant: an amount that went in comes out exactly; what the currency cannot express is refused, never rounded.

mod json;
mod sql;

use std::fmt;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use iso_currency::Currency as IsoCurrency;
use rust_decimal::Decimal;

/// An ISO 4217 currency with minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Currency(IsoCurrency);

/// A code that is no currency one can pay with.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an ISO 4217 currency code")]
pub struct UnknownCurrency;

impl Currency {
    /// The euro.
    pub const EUR: Self = Self(IsoCurrency::EUR);

    /// The three-letter code.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// How many decimal digits a minor unit has: 2 for EUR, 0 for JPY.
    #[must_use]
    pub fn exponent(self) -> u32 {
        // `FromStr` lets in only currencies that have one.
        self.0.exponent().map_or(0, u32::from)
    }
}

impl std::str::FromStr for Currency {
    type Err = UnknownCurrency;

    fn from_str(code: &str) -> Result<Self, UnknownCurrency> {
        // Codes without minor units (gold, test codes) are no money to pay with.
        IsoCurrency::from_code(code)
            .filter(|currency| currency.exponent().is_some())
            .map(Self)
            .ok_or(UnknownCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

/// An amount of money in minor units. May be negative: a charge in a ledger is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    /// Minor units: 1050 for 10.50 EUR.
    pub minor: i64,
    /// Of which currency.
    pub currency: Currency,
}

/// Why a decimal is not an amount of a currency.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// More decimal digits than the currency has.
    #[error("{currency} has {digits} decimal digits, the amount has more")]
    TooPrecise {
        /// The currency.
        currency: Currency,
        /// How many digits it has.
        digits: u32,
    },
    /// Does not fit 64 bits of minor units.
    #[error("the amount is too large")]
    TooLarge,
}

impl Money {
    /// Reads a decimal as an amount.
    ///
    /// # Errors
    /// [`MoneyError`], instead of rounding.
    pub fn from_decimal(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let digits = currency.exponent();
        let amount = amount.normalize();
        if amount.scale() > digits {
            return Err(MoneyError::TooPrecise { currency, digits });
        }
        let factor = 10_i128.pow(digits - amount.scale());
        let minor = amount
            .mantissa()
            .checked_mul(factor)
            .ok_or(MoneyError::TooLarge)?;
        Ok(Self {
            minor: i64::try_from(minor).map_err(|_| MoneyError::TooLarge)?,
            currency,
        })
    }

    /// The amount as a decimal with all digits of its currency, `10.50`.
    #[must_use]
    pub fn to_decimal(self) -> Decimal {
        Decimal::from_i128_with_scale(i128::from(self.minor), self.currency.exponent())
    }
}

impl fmt::Display for Money {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.to_decimal(), self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn euro() -> Currency {
        "EUR".parse().unwrap()
    }

    #[test]
    fn decimal_and_minor_units_are_the_same_amount() {
        let money = Money::from_decimal("10.5".parse().unwrap(), euro()).unwrap();
        assert_eq!(money.minor, 1050);
        assert_eq!(money.to_string(), "10.50 EUR");
        let yen = Money::from_decimal("-100".parse().unwrap(), "JPY".parse().unwrap()).unwrap();
        assert_eq!((yen.minor, yen.to_string().as_str()), (-100, "-100 JPY"));
    }

    #[test]
    fn what_the_currency_cannot_express_is_refused() {
        assert!(matches!(
            Money::from_decimal("0.001".parse().unwrap(), euro()),
            Err(MoneyError::TooPrecise { digits: 2, .. })
        ));
        assert_eq!(
            Money::from_decimal("1.500".parse().unwrap(), euro())
                .unwrap()
                .minor,
            150
        );
        assert_eq!(
            Money::from_decimal("92233720368547758.08".parse().unwrap(), euro()),
            Err(MoneyError::TooLarge)
        );
        assert_eq!(
            Money::from_decimal(Decimal::MAX, euro()),
            Err(MoneyError::TooLarge)
        );
    }

    #[test]
    fn only_currencies_one_can_pay_with() {
        assert_eq!("XAU".parse::<Currency>(), Err(UnknownCurrency));
        assert_eq!("eur".parse::<Currency>(), Err(UnknownCurrency));
        assert_eq!("EURO".parse::<Currency>(), Err(UnknownCurrency));
    }
}
