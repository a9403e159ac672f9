//! The scalars that need more care than the library's own.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use rust_decimal::Decimal;

use crate::money::Currency;

/// A decimal as a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecimalString(pub Decimal);

/// An exact decimal number, written as a string such as "10.50". A JSON number is refused: it may have been rounded on
/// its way.
#[Scalar(name = "Decimal")]
impl ScalarType for DecimalString {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::custom(
                "a decimal is a string, such as \"10.50\"",
            ));
        };
        Decimal::from_str_exact(text)
            .map(Self)
            .map_err(|_| InputValueError::custom(format!("\"{text}\" is not a decimal number")))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A currency by its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CurrencyCode(pub Currency);

/// An ISO 4217 currency code, such as "EUR".
#[Scalar(specified_by_url = "https://www.iso.org/iso-4217-currency-codes.html")]
impl ScalarType for CurrencyCode {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(code) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        code.parse()
            .map(Self)
            .map_err(|_| InputValueError::custom(format!("\"{code}\" is not an ISO 4217 currency code")))
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.code().to_owned())
    }
}
