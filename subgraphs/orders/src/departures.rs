//! Which departures exist, as far as this process has asked. A departure is never deleted, so what exists once exists for
//! good, and is asked for once.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use service::id::DepartureId;

use crate::participants::{CallError, Participants};

/// Departures that are known to exist.
#[derive(Clone, Default)]
pub struct KnownDepartures(Arc<RwLock<HashSet<DepartureId>>>);

impl KnownDepartures {
    /// Whether a departure is known to exist.
    #[must_use]
    pub fn knows(&self, departure: DepartureId) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.contains(&departure)
    }

    /// Asks excursions whether a departure exists, whatever its status.
    ///
    /// # Errors
    /// Where excursions does not answer.
    pub async fn ask(&self, departure: DepartureId, participants: &Participants) -> Result<bool, CallError> {
        let exists = participants.departure_exists(departure).await?;
        if exists {
            let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
            known.insert(departure);
        }
        Ok(exists)
    }
}
