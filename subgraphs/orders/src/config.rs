//! This service's own settings.

use std::num::NonZeroU16;
use std::time::Duration;

use service::auth::{KeySettings, SERVICE, Signer};
use service::config::{Environment, SettingError};

const SAGA_RETENTION_DAYS: NonZeroU16 = NonZeroU16::new(30).unwrap();

const KEYS: KeySettings = KeySettings {
    kind: SERVICE,
    signing: "ORDERS_SERVICE_KEY_FILE",
    accepted: "ORDERS_ACCEPTED_KEY_FILES",
};

/// What the service is told besides what every service is told.
pub struct OrdersSettings {
    /// Signs service tokens.
    pub signer: Signer,
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
        let wait = "how many milliseconds a booking is waited for";
        let days = "for how many days ended sagas are kept, at least 1";
        let days = environment.or("SAGA_RETENTION_DAYS", days, SAGA_RETENTION_DAYS)?;
        Ok(Self {
            signer: KEYS.signer(environment)?,
            booking_wait: Duration::from_millis(environment.or("BOOKING_WAIT_MS", wait, 2_000)?),
            saga_retention: Duration::from_secs(u64::from(days.get()) * 24 * 3_600),
        })
    }
}
