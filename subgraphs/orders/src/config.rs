//! This service's own settings.

use std::time::Duration;

use secrecy::SecretString;
use service::config::{Environment, SettingError};

/// What the service is told besides what every service is told.
#[derive(Clone, Debug)]
pub struct OrdersSettings {
    /// The key that service tokens are signed with.
    pub service_key: SecretString,
    /// How long a mutation waits for its saga to end before it answers with the order as it stands.
    pub booking_wait: Duration,
}

impl OrdersSettings {
    /// Reads the settings.
    ///
    /// # Errors
    /// The first that is missing or wrong.
    pub fn read(environment: &Environment) -> Result<Self, SettingError> {
        let key = "the path of an Ed25519 private key in PKCS#8 PEM (`excursions keygen` makes one)";
        let wait = "how many milliseconds a booking is waited for";
        Ok(Self {
            service_key: environment.secret_file("ORDERS_SERVICE_KEY_FILE", key)?,
            booking_wait: Duration::from_millis(environment.or("BOOKING_WAIT_MS", wait, 2_000)?),
        })
    }
}
