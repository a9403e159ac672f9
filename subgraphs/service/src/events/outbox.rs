//! The outbox: events in the transaction of the change that they tell of.

use std::sync::Arc;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tokio::sync::Notify;

use super::NewEvent;

diesel::table! {
    outbox (id) {
        id -> Uuid,
        aggregatetype -> Text,
        aggregateid -> Text,
        #[sql_name = "type"]
        event_type -> Text,
        payload -> Jsonb,
        position -> BigInt,
        traceparent -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

/// Writes events, in their order, within the caller's transaction. Tell the [`OutboxHint`] after the commit.
///
/// The caller holds a lock on each aggregate's row, or has just inserted it: that keeps the events of one aggregate in
/// the order of its changes.
///
/// # Errors
/// The database's.
pub async fn append(connection: &mut AsyncPgConnection, events: &[NewEvent]) -> QueryResult<()> {
    let rows: Vec<_> = events
        .iter()
        .map(|event| {
            (
                outbox::id.eq(event.id),
                outbox::aggregatetype.eq(event.aggregate_type),
                outbox::aggregateid.eq(event.aggregate_id.to_string()),
                outbox::event_type.eq(event.event_type),
                outbox::payload.eq(&event.payload),
                outbox::traceparent.eq(event.traceparent.as_deref()),
            )
        })
        .collect();
    // Seven columns a row, 65,535 parameters a statement.
    for chunk in rows.chunks(5_000) {
        diesel::insert_into(outbox::table)
            .values(chunk.to_vec())
            .execute(connection)
            .await?;
    }
    Ok(())
}

/// Tells the relay in the same process that something was written, so that it need not wait for its next look.
#[derive(Clone, Debug, Default)]
pub struct OutboxHint(Arc<Notify>);

impl OutboxHint {
    /// Something was committed.
    pub fn written(&self) {
        self.0.notify_one();
    }

    pub(super) async fn wait(&self) {
        self.0.notified().await;
    }
}
