//! This service's own settings.

use service::config::{Environment, SettingError};
use service::money::Currency;

/// What billing is told.
#[derive(Clone, Copy, Debug)]
pub struct BillingSettings {
    /// The currency of accounts opened from now on; those that exist keep theirs.
    pub currency: Currency,
}

impl BillingSettings {
    /// Reads `ACCOUNT_CURRENCY`.
    ///
    /// # Errors
    /// [`SettingError::Invalid`] where it is no currency.
    pub fn read(environment: &Environment) -> Result<Self, SettingError> {
        let meaning = "the ISO 4217 code of the currency that accounts are opened in";
        Ok(Self {
            currency: environment.or("ACCOUNT_CURRENCY", meaning, Currency::EUR)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_in_euros_unless_told_otherwise() {
        let read = |pairs: &[(&'static str, &'static str)]| {
            BillingSettings::read(&Environment::from_pairs(pairs.iter().copied()))
        };
        assert_eq!(read(&[]).unwrap().currency, Currency::EUR);
        let yen = read(&[("ACCOUNT_CURRENCY", "JPY")]).unwrap();
        assert_eq!(yen.currency.code(), "JPY");
        let error = read(&[("ACCOUNT_CURRENCY", "BEER")]).unwrap_err();
        assert!(
            error
                .to_string()
                .starts_with("ACCOUNT_CURRENCY=\"BEER\" is wrong"),
            "{error}"
        );
    }
}
