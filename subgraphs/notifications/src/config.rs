//! The settings that only this service has.

use std::num::NonZeroU32;
use std::time::Duration;

use service::config::{Environment, SettingError};

/// What the live feed is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeedSettings {
    /// How long entries can be replayed.
    pub retention: Duration,
}

impl FeedSettings {
    /// Reads `FEED_RETENTION_HOURS`.
    ///
    /// # Errors
    /// The setting that is wrong.
    pub fn read(environment: &Environment) -> Result<Self, SettingError> {
        let week = NonZeroU32::MIN.saturating_mul(NonZeroU32::MIN.saturating_add(167));
        let hours = environment.or(
            "FEED_RETENTION_HOURS",
            "for how many hours subscribers can replay what they missed, at least 1",
            week,
        )?;
        Ok(Self {
            retention: Duration::from_secs(u64::from(hours.get()) * 3_600),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_unless_told_otherwise_and_never_nothing() {
        let read = |pairs: &[(&'static str, &'static str)]| {
            FeedSettings::read(&Environment::from_pairs(pairs.iter().copied()))
        };
        assert_eq!(read(&[]).unwrap().retention, Duration::from_secs(7 * 24 * 3_600));
        let refused = read(&[("FEED_RETENTION_HOURS", "0")]).unwrap_err();
        assert!(
            refused
                .to_string()
                .starts_with("FEED_RETENTION_HOURS=\"0\" is wrong"),
            "{refused}"
        );
    }
}
