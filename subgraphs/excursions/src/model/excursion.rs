//! Excursions: what is offered.

mod create;
mod list;
mod update;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::id::ExcursionId;

use crate::schema::excursions;

pub use create::NewExcursion;
pub use list::ExcursionFilter;
pub use update::ExcursionChange;

/// The longest title, in characters.
pub const MAX_TITLE: usize = 200;
/// The longest description, in characters.
pub const MAX_DESCRIPTION: usize = 10_000;
/// The longest name of a city, in characters.
pub const MAX_CITY: usize = 100;
/// The longest description of a meeting point, in characters.
pub const MAX_MEETING_POINT: usize = 500;
/// The longest duration, in minutes: 30 days.
pub const MAX_DURATION: i32 = 43_200;

/// An excursion.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = excursions, check_for_backend(diesel::pg::Pg))]
pub struct Excursion {
    /// Which.
    pub id: ExcursionId,
    /// What it is called.
    pub title: String,
    /// What to expect.
    pub description: String,
    /// Where it is.
    pub city: String,
    /// Where to meet, once that is fixed.
    pub meeting_point: Option<String>,
    /// How long it takes.
    pub duration_minutes: i32,
    /// When it was created.
    pub created_at: DateTime<Utc>,
}

impl Excursion {
    /// Those of the ids that exist, in no order.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(mut connection: &AsyncPgConnection, ids: &[ExcursionId]) -> QueryResult<Vec<Self>> {
        excursions::table
            .filter(excursions::id.eq_any(ids))
            .select(Self::as_select())
            .load(&mut connection)
            .await
    }
}
