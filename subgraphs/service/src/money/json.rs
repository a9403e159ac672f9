//! Money in JSON, as events carry it: `{"amount": "12.50", "currency": "EUR"}`.

use rust_decimal::Decimal;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Money;

#[derive(Serialize, Deserialize)]
struct Json {
    amount: String,
    currency: String,
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = Json {
            amount: self.to_decimal().to_string(),
            currency: self.currency.code().to_owned(),
        };
        json.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Json::deserialize(deserializer)?;
        let currency = json.currency.parse().map_err(D::Error::custom)?;
        let amount = Decimal::from_str_exact(&json.amount).map_err(D::Error::custom)?;
        Self::from_decimal(amount, currency).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_survives_its_way_through_json() {
        let json = r#"{"amount":"12.50","currency":"EUR"}"#;
        let money: Money = serde_json::from_str(json).unwrap();
        assert_eq!(money.minor, 1250);
        assert_eq!(serde_json::to_string(&money).unwrap(), json);
        let too_precise = r#"{"amount":"12.505","currency":"EUR"}"#;
        assert!(serde_json::from_str::<Money>(too_precise).is_err());
    }
}
