//! Scheduling a departure.

use chrono::{DateTime, Utc};
use diesel::dsl::now;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use service::id::{DepartureId, ExcursionId, UserId};
use service::money::Money;
use uuid::Uuid;

use super::Departure;
use super::announce::announce_schedule;
use crate::model::fingerprint::{Once, fingerprint};
use crate::schema::departures;

/// A departure to be scheduled.
#[derive(Clone, Debug, Serialize)]
pub struct NewDeparture {
    /// Of which excursion.
    pub excursion_id: ExcursionId,
    /// When it starts.
    pub starts_at: DateTime<Utc>,
    /// When sales close; no later than the start.
    pub sales_close_at: DateTime<Utc>,
    /// What a seat costs.
    pub price: Money,
    /// How many seats there are.
    pub capacity: i32,
}

/// Why a departure is not scheduled.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// There is no such excursion.
    #[error("there is no such excursion")]
    NoExcursion,
    /// It would have started already, by the clock of the database.
    #[error("must be in the future")]
    InThePast,
    /// The database failed.
    #[error("the departure cannot be written")]
    Database(#[source] Error),
}

impl From<Error> for ScheduleError {
    fn from(error: Error) -> Self {
        match error {
            Error::DatabaseError(DatabaseErrorKind::ForeignKeyViolation, _) => Self::NoExcursion,
            error => Self::Database(error),
        }
    }
}

impl NewDeparture {
    /// Schedules it, once for each caller and key.
    ///
    /// # Errors
    /// [`ScheduleError`]; nothing is written then.
    pub async fn schedule(
        &self,
        connection: &mut AsyncPgConnection,
        by: UserId,
        key: Uuid,
    ) -> Result<Once<Departure>, ScheduleError> {
        let input = fingerprint(self).map_err(|error| Error::SerializationError(error.into()))?;
        connection
            .transaction(async |connection| self.insert(connection, by, key, &input).await)
            .await
    }

    async fn insert(
        &self,
        connection: &mut AsyncPgConnection,
        by: UserId,
        key: Uuid,
        input: &[u8],
    ) -> Result<Once<Departure>, ScheduleError> {
        let inserted: Option<(Departure, bool)> = diesel::insert_into(departures::table)
            .values((
                departures::id.eq(DepartureId::new()),
                departures::excursion_id.eq(self.excursion_id),
                departures::starts_at.eq(self.starts_at),
                departures::sales_close_at.eq(self.sales_close_at),
                departures::price_minor.eq(self.price.minor),
                departures::currency.eq(self.price.currency),
                departures::capacity.eq(self.capacity),
                departures::created_by.eq(by),
                departures::idempotency_key.eq(key),
                departures::fingerprint.eq(input),
            ))
            .on_conflict((departures::created_by, departures::idempotency_key))
            .do_nothing()
            .returning((Departure::as_returning(), departures::starts_at.gt(now)))
            .get_result(connection)
            .await
            .optional()?;
        match inserted {
            Some((departure, true)) => {
                announce_schedule(connection, &departure).await?;
                Ok(Once::Done(departure))
            }
            // Looked at only now: a repeated request is answered also after the departure has started.
            Some((_, false)) => Err(ScheduleError::InThePast),
            None => first(connection, by, key, input).await,
        }
    }
}

async fn first(
    connection: &mut AsyncPgConnection,
    by: UserId,
    key: Uuid,
    input: &[u8],
) -> Result<Once<Departure>, ScheduleError> {
    let (first, first_input): (Departure, Vec<u8>) = departures::table
        .filter(departures::created_by.eq(by))
        .filter(departures::idempotency_key.eq(key))
        .select((Departure::as_select(), departures::fingerprint))
        .first(connection)
        .await?;
    Ok(Once::again(first, &first_input, input))
}
