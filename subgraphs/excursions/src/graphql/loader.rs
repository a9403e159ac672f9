//! Loads excursions and departures in batches: one query for all that a request asks for at the same time.
//!
//! Nothing is cached: seats and prices are read when they are asked for.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::TokioTimer;
use async_graphql::{Context, Result};
use futures::future::try_join_all;
use service::database::{Connection, Pool, PoolError};
use service::graphql::{LoaderTasks, Page, TimeCursor};
use service::id::{DepartureId, ExcursionId};

use crate::model::departure::{Departure, DepartureFilter};
use crate::model::excursion::Excursion;

/// Loads excursions and departures by id.
pub struct Catalogue(Pool);

/// The loader, for the schema's data. Must be called on a Tokio runtime.
pub fn catalogue(pool: Pool) -> DataLoader<Catalogue> {
    DataLoader::new(Catalogue(pool), LoaderTasks::current(), TokioTimer::default()).delay(Duration::ZERO)
}

/// An excursion, if it exists.
pub async fn excursion(context: &Context<'_>, id: ExcursionId) -> Result<Option<Excursion>> {
    Ok(context.data::<DataLoader<Catalogue>>()?.load_one(id).await?)
}

/// A departure, if it exists.
pub async fn departure(context: &Context<'_>, id: DepartureId) -> Result<Option<Departure>> {
    Ok(context.data::<DataLoader<Catalogue>>()?.load_one(id).await?)
}

/// A page of departures.
pub async fn departures(
    context: &Context<'_>,
    filter: DepartureFilter,
    page: Page<TimeCursor>,
) -> Result<Vec<Departure>> {
    let catalogue = context.data::<DataLoader<Catalogue>>()?;
    let departures = catalogue.load_one(DeparturePage { filter, page }).await?;
    Ok(departures.unwrap_or_default())
}

/// A page of departures to load; the departures of many excursions are so many pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DeparturePage {
    filter: DepartureFilter,
    page: Page<TimeCursor>,
}

/// Why a batch cannot be loaded; told to all who wait for it.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Pool(Arc<PoolError>),
    #[error(transparent)]
    Query(Arc<diesel::result::Error>),
}

impl From<diesel::result::Error> for LoadError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Query(Arc::new(error))
    }
}

impl Catalogue {
    async fn connection(&self) -> Result<Connection, LoadError> {
        self.0
            .get()
            .await
            .map_err(|error| LoadError::Pool(Arc::new(error)))
    }
}

impl Loader<ExcursionId> for Catalogue {
    type Value = Excursion;
    type Error = LoadError;

    async fn load(&self, ids: &[ExcursionId]) -> Result<HashMap<ExcursionId, Excursion>, LoadError> {
        let connection = self.connection().await?;
        let excursions = Excursion::find(&connection, ids).await?;
        Ok(excursions
            .into_iter()
            .map(|excursion| (excursion.id, excursion))
            .collect())
    }
}

impl Loader<DepartureId> for Catalogue {
    type Value = Departure;
    type Error = LoadError;

    async fn load(&self, ids: &[DepartureId]) -> Result<HashMap<DepartureId, Departure>, LoadError> {
        let connection = self.connection().await?;
        let departures = Departure::find(&connection, ids).await?;
        Ok(departures
            .into_iter()
            .map(|departure| (departure.id, departure))
            .collect())
    }
}

impl Loader<DeparturePage> for Catalogue {
    type Value = Vec<Departure>;
    type Error = LoadError;

    /// A query a page, but all in one go on one connection.
    async fn load(
        &self,
        pages: &[DeparturePage],
    ) -> Result<HashMap<DeparturePage, Vec<Departure>>, LoadError> {
        let connection = self.connection().await?;
        let loading = pages.iter().map(async |key| {
            let departures = Departure::list(&connection, &key.filter, &key.page).await?;
            Ok::<_, LoadError>((*key, departures))
        });
        Ok(try_join_all(loading).await?.into_iter().collect())
    }
}
