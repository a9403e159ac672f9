//! Departures, which another subgraph has: a reference, and how they change.

use async_graphql::{Enum, ID, SimpleObject};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use service::id::DepartureId;

use crate::feed::DeparturePayload;
use crate::model::feed_entry::Entry;

/// An excursion at a given time.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(unresolvable)]
pub struct Departure {
    /// The departure's id.
    pub id: ID,
}

impl From<DepartureId> for Departure {
    fn from(id: DepartureId) -> Self {
        Self {
            id: id.to_string().into(),
        }
    }
}

/// Whether a departure can be booked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DepartureStatus {
    /// On sale.
    Open,
    /// Not on sale.
    Closed,
    /// Being cancelled, with all its orders.
    Cancelling,
    /// Cancelled.
    Cancelled,
}

/// A departure changed.
#[derive(Clone, Debug, SimpleObject)]
pub struct DepartureUpdate {
    /// Where to resume: give it as `after`.
    pub cursor: String,
    /// The departure.
    pub departure: Departure,
    /// Its status from then on.
    pub status: DepartureStatus,
    /// Seats that can still be booked.
    pub seats_available: i32,
    /// When it happened.
    pub occurred_at: DateTime<Utc>,
}

impl TryFrom<&Entry> for DepartureUpdate {
    type Error = serde_json::Error;

    fn try_from(entry: &Entry) -> Result<Self, Self::Error> {
        let payload = DeparturePayload::deserialize(&entry.payload)?;
        Ok(Self {
            cursor: entry.position.to_cursor(),
            departure: DepartureId::from(entry.subject_id).into(),
            status: payload.status,
            seats_available: payload.seats_available,
            occurred_at: entry.occurred_at,
        })
    }
}
