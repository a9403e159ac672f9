//! The outbox: events in the transaction of the change that they tell of.

use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::{self, Array, Nullable, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use tokio::sync::Notify;

use super::NewEvent;
use crate::database::Statement;

diesel::table! {
    outbox (position) {
        id -> Uuid,
        aggregatetype -> Text,
        aggregateid -> Text,
        #[sql_name = "type"]
        event_type -> Text,
        payload -> Json,
        position -> BigInt,
        traceparent -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

/// Positions are given in the order in which the arrays are taken apart.
const APPEND: &str = "
INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, traceparent)
SELECT id, aggregatetype, aggregateid, type, payload::json, traceparent
FROM unnest(";
const APPENDED: &str = ") AS event (id, aggregatetype, aggregateid, type, payload, traceparent)";

/// Writes events, in their order, within the caller's transaction. Tell the [`OutboxHint`] after the commit.
///
/// The caller holds a lock on each aggregate's row, or has just inserted it: that keeps the events of one aggregate in
/// the order of its changes.
///
/// # Errors
/// The database's.
pub async fn append(connection: &mut AsyncPgConnection, events: &[NewEvent]) -> QueryResult<()> {
    if events.is_empty() {
        return Ok(());
    }
    fn column<'e, T>(events: &'e [NewEvent], value: impl Fn(&'e NewEvent) -> T) -> Vec<T> {
        events.iter().map(value).collect()
    }
    Statement::new(APPEND)
        .bind::<Array<sql_types::Uuid>, _>(column(events, |event| event.id))
        .bind::<Array<Text>, _>(column(events, |event| event.aggregate_type))
        .bind::<Array<Text>, _>(column(events, |event| event.aggregate_id.to_string()))
        .bind::<Array<Text>, _>(column(events, |event| event.event_type))
        .bind::<Array<Text>, _>(column(events, |event| event.payload.as_str()))
        .bind::<Array<Nullable<Text>>, _>(column(events, |event| event.traceparent.as_deref()))
        .then(APPENDED)
        .execute(connection)
        .await
        .map(drop)
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
