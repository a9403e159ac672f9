//! What mutations work with, and how they wait for their saga.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Result;
use saga::{Ended, Handle, SagaId};
use service::database::Pool;
use service::events::OutboxHint;
use service::graphql::fault;
use service::id::DepartureId;
use tokio::sync::oneshot;

use crate::departures::KnownDepartures;
use crate::participants::Participants;

/// What starting a saga takes.
#[derive(Clone)]
pub struct Booking {
    /// The database.
    pub pool: Pool,
    /// The worker of this process.
    pub sagas: Handle,
    /// The other services.
    pub participants: Arc<Participants>,
    /// Departures that exist.
    pub departures: KnownDepartures,
    /// To be told after each commit that wrote events.
    pub outbox: OutboxHint,
    /// How long a mutation waits for its saga.
    pub wait: Duration,
}

impl Booking {
    /// Whether a departure exists, whatever its status; asks excursions.
    pub(super) async fn departure_exists(&self, departure: DepartureId) -> Result<bool> {
        self.departures
            .ask(departure, &self.participants)
            .await
            .map_err(fault)
    }

    /// Waits for a saga's end, for as long as a mutation may; then the answer is what stands in the database.
    pub(super) async fn wait_for(&self, saga: SagaId, end: oneshot::Receiver<Ended>) {
        let _too_long = tokio::time::timeout(self.wait, end).await;
        self.sagas.forget(saga);
    }
}
