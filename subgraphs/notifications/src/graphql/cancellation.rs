//! How the cancellation of a departure gets on.

use async_graphql::{Enum, ID, SimpleObject};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::feed::CancellationPayload;
use crate::model::feed_entry::Entry;

/// Whether a cancellation is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CancellationStatus {
    /// Orders are being cancelled.
    Running,
    /// All orders are cancelled, and so is the departure.
    Completed,
}

/// A cancellation of a departure got on.
#[derive(Clone, Debug, SimpleObject)]
pub struct CancellationProgress {
    /// Where to resume: give it as `after`.
    pub cursor: String,
    /// The cancellation.
    pub cancellation_id: ID,
    /// Orders to cancel.
    pub orders_total: i32,
    /// Orders cancelled so far.
    pub orders_cancelled: i32,
    /// Whether it is done.
    pub status: CancellationStatus,
    /// When it got so far.
    pub occurred_at: DateTime<Utc>,
}

impl TryFrom<&Entry> for CancellationProgress {
    type Error = serde_json::Error;

    fn try_from(entry: &Entry) -> Result<Self, Self::Error> {
        let payload = CancellationPayload::deserialize(&entry.payload)?;
        Ok(Self {
            cursor: entry.position.to_cursor(),
            cancellation_id: entry.subject_id.to_string().into(),
            orders_total: payload.orders_total,
            orders_cancelled: payload.orders_cancelled,
            status: payload.status,
            occurred_at: entry.occurred_at,
        })
    }
}
