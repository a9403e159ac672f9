//! This service's own settings.

use std::num::NonZeroU16;
use std::time::Duration;

use secrecy::SecretString;
use service::config::{Environment, SettingError};

const SAGA_RETENTION_DAYS: NonZeroU16 = NonZeroU16::new(30).unwrap();

/// What the service is told besides what every service is told.
#[derive(Clone, Debug)]
pub struct OrdersSettings {
    /// The key that service tokens are signed with.
    pub service_key: SecretString,
    /// How long a mutation waits for its saga to end before it answers with the order as it stands.
    pub booking_wait: Duration,
    /// How long sagas are kept after their end.
    pub saga_retention: Duration,
}

impl OrdersSettings {
    /// Reads the settings.
    ///
    /// # Errors
    /// The first that is missing or wrong.
    pub fn read(environment: &Environment) -> Result<Self, SettingError> {
        let key = "the path of an Ed25519 private key in PKCS#8 PEM (`excursions keygen` makes one)";
        let wait = "how many milliseconds a booking is waited for";
        let days = "for how many days ended sagas are kept, at least 1";
        let days = environment.or("SAGA_RETENTION_DAYS", days, SAGA_RETENTION_DAYS)?;
        Ok(Self {
            service_key: environment.secret_file("ORDERS_SERVICE_KEY_FILE", key)?,
            booking_wait: Duration::from_millis(environment.or("BOOKING_WAIT_MS", wait, 2_000)?),
            saga_retention: Duration::from_secs(u64::from(days.get()) * 24 * 3_600),
        })
    }
}
