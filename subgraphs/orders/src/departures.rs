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
    /// Whether a departure exists, whatever its status.
    ///
    /// # Errors
    /// Where it is not known yet, and excursions does not answer.
    pub async fn exists(
        &self,
        departure: DepartureId,
        participants: &Participants,
    ) -> Result<bool, CallError> {
        if self
            .0
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .contains(&departure)
        {
            return Ok(true);
        }
        let exists = participants.departure_exists(departure).await?;
        if exists {
            self.0
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(departure);
        }
        Ok(exists)
    }
}
