//! `Excursion`.

use async_graphql::connection::Connection;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use service::graphql::{IdCursor, Opaque, Page, cost_of_page};

use super::departure::{DepartureConnection, departure_connection};
use super::filter::{DepartureFilterInput, no_excursion};
use super::loader;
use crate::model::excursion::Excursion;

/// A page of excursions.
pub type ExcursionConnection = Connection<Opaque<IdCursor>, ExcursionObject>;

/// An excursion as clients see it.
pub struct ExcursionObject(pub Excursion);

/// What is offered: an excursion, of which departures are scheduled.
#[Object(name = "Excursion")]
impl ExcursionObject {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.uuid().into()
    }

    /// What it is called.
    async fn title(&self) -> &str {
        &self.0.title
    }

    /// What to expect.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// The city where it is.
    async fn city(&self) -> &str {
        &self.0.city
    }

    /// Where to meet; null until it is fixed.
    async fn meeting_point(&self) -> Option<&str> {
        self.0.meeting_point.as_deref()
    }

    /// How long it takes, in minutes.
    async fn duration_minutes(&self) -> i32 {
        self.0.duration_minutes
    }

    /// Its departures, in the order of their start.
    #[graphql(complexity = "cost_of_page(first, last, child_complexity)")]
    async fn departures(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only these.")] filter: Option<DepartureFilterInput>,
        #[graphql(desc = "A page of so many from the front: 1 to 100, 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "A page of so many from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<DepartureConnection> {
        let page = Page::new(first, after.as_deref(), last, before.as_deref())?;
        let mut filter = filter.unwrap_or_default().read()?;
        filter.excursion = match filter.excursion {
            Some(other) if other != self.0.id => Some(no_excursion()),
            _ => Some(self.0.id),
        };
        let departures = loader::departures(context, filter, page).await?;
        Ok(departure_connection(&page, departures))
    }

    /// When it was created.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}
