//! Listing departures, in the order of their start.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::graphql::{Page, TimeCursor};
use service::id::ExcursionId;

use super::{Departure, DepartureStatus};
use crate::model::plan;
use crate::schema::departures;

/// Which departures; `None` restricts nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct DepartureFilter {
    /// Of this excursion.
    pub excursion: Option<ExcursionId>,
    /// That start at this time or later.
    pub starts_from: Option<DateTime<Utc>>,
    /// That start at this time or earlier.
    pub starts_to: Option<DateTime<Utc>>,
    /// That have so many seats left.
    pub seats: Option<i32>,
    /// In this status.
    pub status: Option<DepartureStatus>,
}

impl Departure {
    /// A page of those that pass the filter, in the direction of the page.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(
        mut connection: &AsyncPgConnection,
        filter: &DepartureFilter,
        page: &Page<TimeCursor>,
    ) -> QueryResult<Vec<Self>> {
        let mut query = departures::table
            .select(Self::as_select())
            .filter(plan::for_these_values())
            .limit(page.fetch())
            .into_boxed();
        if let Some(excursion) = filter.excursion {
            query = query.filter(departures::excursion_id.eq(excursion));
        }
        if let Some(from) = filter.starts_from {
            query = query.filter(departures::starts_at.ge(from));
        }
        if let Some(to) = filter.starts_to {
            query = query.filter(departures::starts_at.le(to));
        }
        if let Some(seats) = filter.seats {
            query = query
                .filter((departures::capacity - departures::seats_taken).ge(seats))
                // Implied, and known to an index: no search for more seats than any departure has goes through all.
                .filter(departures::capacity.ge(seats));
        }
        if let Some(status) = filter.status {
            query = query.filter(departures::status.eq(status));
        }
        // Written so that the index on (starts_at, id) is entered at the cursor.
        if let Some(TimeCursor { at, id }) = page.after {
            let behind = departures::starts_at.gt(at).or(departures::id.gt(id));
            query = query.filter(departures::starts_at.ge(at).and(behind));
        }
        if let Some(TimeCursor { at, id }) = page.before {
            let ahead = departures::starts_at.lt(at).or(departures::id.lt(id));
            query = query.filter(departures::starts_at.le(at).and(ahead));
        }
        query = if page.backward {
            query.order((departures::starts_at.desc(), departures::id.desc()))
        } else {
            query.order((departures::starts_at.asc(), departures::id.asc()))
        };
        query.load(&mut connection).await
    }
}
