//! The catalogue as everybody sees it, and entities by their keys.

use async_graphql::{Context, ID, Object, Result};
use service::graphql::{IdCursor, Page, cost_of_page};
use service::id::{DepartureId, ExcursionId};

use super::departure::{DepartureConnection, DepartureObject, departure_connection};
use super::excursion::{ExcursionConnection, ExcursionObject};
use super::filter::{DepartureFilterInput, ExcursionFilterInput};
use super::{connection, loader};
use crate::model::excursion::Excursion;

/// The catalogue, which is open to everybody.
pub struct Query;

/// What can be asked.
#[Object]
impl Query {
    /// An excursion; null where there is none with this id.
    async fn excursion(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Option<Result<ExcursionObject>> {
        find_excursion(context, &id).await.transpose()
    }

    /// Excursions, in the order of their creation.
    #[graphql(complexity = "cost_of_page(first, last, child_complexity)")]
    async fn excursions(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only these.")] filter: Option<ExcursionFilterInput>,
        #[graphql(desc = "A page of so many from the front: 1 to 100, 20 unless given.")] first: Option<i32>,
        #[graphql(desc = "Only what comes after this cursor.")] after: Option<String>,
        #[graphql(desc = "A page of so many from the end: 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only what comes before this cursor.")] before: Option<String>,
    ) -> Result<ExcursionConnection> {
        let page = Page::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default().read()?;
        let excursions = Excursion::list(&mut *connection(context).await?, &filter, &page).await?;
        let cursor = |excursion: &Excursion| IdCursor(excursion.id.uuid());
        Ok(page.connection(excursions, cursor, ExcursionObject))
    }

    /// A departure; null where there is none with this id.
    async fn departure(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Option<Result<DepartureObject>> {
        find_departure(context, &id).await.transpose()
    }

    /// Departures, in the order of their start.
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
        let filter = filter.unwrap_or_default().read()?;
        let departures = loader::departures(context, filter, page).await?;
        Ok(departure_connection(&page, departures))
    }

    /// An excursion by its key.
    #[graphql(entity)]
    async fn find_excursion_by_id(&self, context: &Context<'_>, id: ID) -> Option<Result<ExcursionObject>> {
        find_excursion(context, &id).await.transpose()
    }

    /// A departure by its key.
    #[graphql(entity)]
    async fn find_departure_by_id(&self, context: &Context<'_>, id: ID) -> Option<Result<DepartureObject>> {
        find_departure(context, &id).await.transpose()
    }
}

async fn find_excursion(context: &Context<'_>, id: &ID) -> Result<Option<ExcursionObject>> {
    let Some(id) = ExcursionId::from_graphql(id) else {
        return Ok(None);
    };
    Ok(loader::excursion(context, id).await?.map(ExcursionObject))
}

async fn find_departure(context: &Context<'_>, id: &ID) -> Result<Option<DepartureObject>> {
    let Some(id) = DepartureId::from_graphql(id) else {
        return Ok(None);
    };
    Ok(loader::departure(context, id).await?.map(DepartureObject))
}
