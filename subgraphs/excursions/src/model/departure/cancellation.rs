//! The two ends of a cancellation: closing a departure for good, and calling it cancelled.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use service::id::DepartureId;

use super::{Departure, StatusChange, write};
use crate::model::rejection::Rejection;

/// Begins the cancellation of departures. Once this is committed nothing new is reserved on them: whoever reserves holds
/// the same locks.
///
/// # Errors
/// The database's.
pub async fn close(
    connection: &mut AsyncPgConnection,
    departures: &[DepartureId],
) -> QueryResult<Vec<Result<(), Rejection>>> {
    change_status(connection, departures, StatusChange::Cancel).await
}

/// Ends the cancellation of departures.
///
/// # Errors
/// The database's.
pub async fn finish_cancellation(
    connection: &mut AsyncPgConnection,
    departures: &[DepartureId],
) -> QueryResult<Vec<Result<(), Rejection>>> {
    change_status(connection, departures, StatusChange::FinishCancellation).await
}

/// The outcome for each of the departures, in their order. A change that was made before is done again without effect.
async fn change_status(
    connection: &mut AsyncPgConnection,
    departures: &[DepartureId],
    change: StatusChange,
) -> QueryResult<Vec<Result<(), Rejection>>> {
    connection
        .transaction(async |connection| {
            let mut locked: HashMap<DepartureId, Departure> = Departure::lock(connection, departures)
                .await?
                .into_iter()
                .map(|departure| (departure.id, departure))
                .collect();
            let mut changed = Vec::new();
            let outcomes = departures.iter().map(|id| {
                let departure = locked.get_mut(id).ok_or(Rejection::NoDeparture(*id))?;
                let status = departure
                    .status
                    .apply(change)
                    .map_err(|_| Rejection::NotCancelling)?;
                if departure.status != status {
                    departure.status = status;
                    changed.push(departure.clone());
                }
                Ok(())
            });
            let outcomes = outcomes.collect();
            write(connection, &mut changed).await?;
            Ok(outcomes)
        })
        .await
}
