//! Creating an excursion.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use serde::Serialize;
use service::id::{ExcursionId, UserId};
use uuid::Uuid;

use super::Excursion;
use crate::model::fingerprint::{Once, fingerprint};
use crate::schema::excursions;

/// An excursion to be created.
#[derive(Clone, Debug, Serialize, Insertable)]
#[diesel(table_name = excursions)]
pub struct NewExcursion {
    /// What it is called.
    pub title: String,
    /// What to expect.
    pub description: String,
    /// Where it is.
    pub city: String,
    /// Where to meet.
    pub meeting_point: Option<String>,
    /// How long it takes.
    pub duration_minutes: i32,
}

impl NewExcursion {
    /// Creates it, once for each caller and key.
    ///
    /// # Errors
    /// The database's.
    pub async fn create(
        &self,
        connection: &mut AsyncPgConnection,
        by: UserId,
        key: Uuid,
    ) -> QueryResult<Once<Excursion>> {
        let input =
            fingerprint(self).map_err(|error| diesel::result::Error::SerializationError(error.into()))?;
        let created = diesel::insert_into(excursions::table)
            .values((
                self,
                excursions::id.eq(ExcursionId::new()),
                excursions::created_by.eq(by),
                excursions::idempotency_key.eq(key),
                excursions::fingerprint.eq(&input),
            ))
            .on_conflict((excursions::created_by, excursions::idempotency_key))
            .do_nothing()
            .returning(Excursion::as_returning())
            .get_result(connection)
            .await
            .optional()?;
        if let Some(excursion) = created {
            return Ok(Once::Done(excursion));
        }
        let (first, first_input): (Excursion, Vec<u8>) = excursions::table
            .filter(excursions::created_by.eq(by))
            .filter(excursions::idempotency_key.eq(key))
            .select((Excursion::as_select(), excursions::fingerprint))
            .first(connection)
            .await?;
        Ok(Once::again(first, &first_input, &input))
    }
}
