//! Searching excursions, in the order of their creation.
//!
//! Invariant: what a page costs does not grow with the catalogue. Each condition has an index; where the planner would
//! not see that one implies another that an index knows, both are written.

use chrono::{DateTime, Utc};
use diesel::dsl::{now, sql};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{self, Bool, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::graphql::{IdCursor, Page};

use super::Excursion;
use crate::model::departure::DepartureStatus;
use crate::model::plan;
use crate::schema::{departures, excursions, folded};

/// Which excursions; `None` restricts nothing.
#[derive(Clone, Debug, Default)]
pub struct ExcursionFilter {
    /// Words of title, city or description, in the syntax of web searches.
    pub text: Option<String>,
    /// The city, in upper or lower case.
    pub city: Option<String>,
    /// With a departure on sale that starts at this time or later.
    pub starts_from: Option<DateTime<Utc>>,
    /// With a departure on sale that starts at this time or earlier.
    pub starts_to: Option<DateTime<Utc>>,
    /// With a departure on sale that has so many seats left.
    pub seats: Option<i32>,
}

impl ExcursionFilter {
    fn asks_for_departures(&self) -> bool {
        self.starts_from.is_some() || self.starts_to.is_some() || self.seats.is_some()
    }
}

impl Excursion {
    /// A page of those that pass the filter, in the direction of the page.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(
        connection: &mut AsyncPgConnection,
        filter: &ExcursionFilter,
        page: &Page<IdCursor>,
    ) -> QueryResult<Vec<Self>> {
        let mut query = excursions::table
            .select(Self::as_select())
            .filter(plan::for_these_values())
            .limit(page.fetch())
            .into_boxed();
        if let Some(text) = &filter.text {
            let found = sql::<Bool>("excursions.search @@ websearch_to_tsquery('russian', folded(")
                .bind::<Text, _>(text)
                .sql("))");
            query = query.filter(found);
        }
        match &filter.city {
            // One index for both: it does not go through all excursions with a common word.
            Some(city) if filter.text.is_some() => {
                let there = sql::<Bool>("excursions.search @@ in_city(")
                    .bind::<Text, _>(city)
                    .sql(")");
                query = query.filter(there);
            }
            Some(city) => query = query.filter(folded(excursions::city).eq(folded(city))),
            None => {}
        }
        if filter.asks_for_departures() {
            query = query.filter(excursions::id.eq_any(on_sale(filter)));
        }
        if let Some(IdCursor(id)) = page.after {
            query = query.filter(excursions::id.gt(id));
        }
        if let Some(IdCursor(id)) = page.before {
            query = query.filter(excursions::id.lt(id));
        }
        query = if page.backward {
            query.order(excursions::id.desc())
        } else {
            query.order(excursions::id.asc())
        };
        query.load(connection).await
    }
}

/// The excursions of the departures that can be booked and fit the filter.
fn on_sale(filter: &ExcursionFilter) -> departures::BoxedQuery<'_, Pg, sql_types::Uuid> {
    let mut query = departures::table
        .select(departures::excursion_id)
        .filter(departures::status.eq(DepartureStatus::Open))
        .filter(departures::sales_close_at.gt(now))
        // Sales close before the start: the past is passed over by the index.
        .filter(departures::starts_at.gt(now))
        .into_boxed();
    if let Some(from) = filter.starts_from {
        query = query.filter(departures::starts_at.ge(from));
    }
    if let Some(to) = filter.starts_to {
        query = query.filter(departures::starts_at.le(to));
    }
    if let Some(seats) = filter.seats {
        query = query
            .filter((departures::capacity - departures::seats_taken).ge(seats))
            .filter(departures::capacity.ge(seats));
    }
    query
}
