//! Changing an excursion.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::id::ExcursionId;

use super::Excursion;
use crate::schema::excursions;

/// What is to change; `None` stays as it is.
#[derive(Clone, Debug, Default, AsChangeset)]
#[diesel(table_name = excursions)]
pub struct ExcursionChange {
    /// What it is called.
    pub title: Option<String>,
    /// What to expect.
    pub description: Option<String>,
    /// Where it is.
    pub city: Option<String>,
    /// Where to meet; `Some(None)` takes the meeting point away.
    pub meeting_point: Option<Option<String>>,
    /// How long it takes.
    pub duration_minutes: Option<i32>,
}

impl ExcursionChange {
    fn is_empty(&self) -> bool {
        matches!(
            self,
            Self {
                title: None,
                description: None,
                city: None,
                meeting_point: None,
                duration_minutes: None,
            }
        )
    }

    /// Makes the change; nothing where there is no such excursion.
    ///
    /// # Errors
    /// The database's.
    pub async fn apply(
        &self,
        connection: &mut AsyncPgConnection,
        id: ExcursionId,
    ) -> QueryResult<Option<Excursion>> {
        if self.is_empty() {
            return Ok(Excursion::find(connection, &[id]).await?.pop());
        }
        diesel::update(excursions::table.find(id))
            .set(self)
            .returning(Excursion::as_returning())
            .get_result(connection)
            .await
            .optional()
    }
}
