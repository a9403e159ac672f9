//! Tells of departures in the outbox, in the transaction of the change.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::events::{EventPayload, NewEvent, append};
use service::id::ExcursionId;

use super::Departure;
use crate::events::{DepartureFacts, DepartureScheduled, DepartureUpdated};
use crate::schema::excursions;

/// Tells that a departure was scheduled.
///
/// # Errors
/// The database's.
pub async fn announce_schedule(connection: &mut AsyncPgConnection, departure: &Departure) -> QueryResult<()> {
    announce(connection, std::slice::from_ref(departure), DepartureScheduled).await
}

/// Tells that departures changed, one event each; the caller holds their locks.
///
/// # Errors
/// The database's.
pub async fn announce_update(
    connection: &mut AsyncPgConnection,
    departures: &[Departure],
) -> QueryResult<()> {
    announce(connection, departures, DepartureUpdated).await
}

async fn announce<P: EventPayload>(
    connection: &mut AsyncPgConnection,
    departures: &[Departure],
    payload: impl Fn(DepartureFacts) -> P,
) -> QueryResult<()> {
    if departures.is_empty() {
        return Ok(());
    }
    let excursions = names(connection, departures).await?;
    let events = departures.iter().map(|departure| {
        let (title, city) = excursions
            .get(&departure.excursion_id)
            .ok_or(diesel::result::Error::NotFound)?;
        NewEvent::new(&payload(DepartureFacts::of(departure, title, city)))
            .map_err(|error| diesel::result::Error::SerializationError(error.into()))
    });
    let events = events.collect::<QueryResult<Vec<_>>>()?;
    append(connection, &events).await
}

async fn names(
    connection: &mut AsyncPgConnection,
    departures: &[Departure],
) -> QueryResult<HashMap<ExcursionId, (String, String)>> {
    let ids: Vec<ExcursionId> = departures
        .iter()
        .map(|departure| departure.excursion_id)
        .collect();
    let names: Vec<(ExcursionId, String, String)> = excursions::table
        .filter(excursions::id.eq_any(ids))
        .select((excursions::id, excursions::title, excursions::city))
        .load(connection)
        .await?;
    Ok(names
        .into_iter()
        .map(|(id, title, city)| (id, (title, city)))
        .collect())
}
