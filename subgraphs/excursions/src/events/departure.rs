//! Events of a departure. Whoever hears of the same departure twice keeps the facts of the higher revision.

use chrono::{DateTime, Utc};
use serde::Serialize;
use service::events::EventPayload;
use service::id::{DepartureId, ExcursionId};
use service::money::Money;
use uuid::Uuid;

use crate::model::departure::{Departure, DepartureStatus};

/// A departure as it stands after what happened to it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DepartureFacts {
    departure_id: DepartureId,
    excursion_id: ExcursionId,
    title: String,
    city: String,
    starts_at: DateTime<Utc>,
    capacity: i32,
    seats_available: i32,
    price: Money,
    status: DepartureStatus,
    revision: i64,
}

impl DepartureFacts {
    /// The facts of a departure of an excursion with this title and city.
    #[must_use]
    pub fn of(departure: &Departure, title: &str, city: &str) -> Self {
        Self {
            departure_id: departure.id,
            excursion_id: departure.excursion_id,
            title: title.to_owned(),
            city: city.to_owned(),
            starts_at: departure.starts_at,
            capacity: departure.capacity,
            seats_available: departure.seats_available(),
            price: departure.price(),
            status: departure.status,
            revision: departure.revision,
        }
    }
}

/// A departure was scheduled.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct DepartureScheduled(pub DepartureFacts);

/// Price, capacity, sales close, status or seats of a departure changed.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub struct DepartureUpdated(pub DepartureFacts);

impl EventPayload for DepartureScheduled {
    const TYPE: &'static str = "DepartureScheduled";
    const AGGREGATE: &'static str = "departure";

    fn aggregate_id(&self) -> Uuid {
        self.0.departure_id.uuid()
    }
}

impl EventPayload for DepartureUpdated {
    const TYPE: &'static str = "DepartureUpdated";
    const AGGREGATE: &'static str = "departure";

    fn aggregate_id(&self) -> Uuid {
        self.0.departure_id.uuid()
    }
}
