//! Queries, and the entities that the router asks for.

use async_graphql::dataloader::{DataLoader, NoCache};
use async_graphql::{Context, ID, Object, Result};
use saga::journal::Slice;
use service::auth;
use service::graphql::{IdCursor, Page, cost_of_page, fault};
use service::id::{DepartureId, OrderId, UserId};
use uuid::Uuid;

use super::cancellation::Cancellation;
use super::context::Booking;
use super::loader::OrdersLoader;
use super::order::{Order, OrderConnection, OrderFilter, page};
use super::saga::{Saga, SagaConnection, SagaFilter};
use super::stubs::{Departure, User};
use crate::model::CancellationId;

/// Queries.
pub struct Query;

/// Queries.
#[Object(name = "Query")]
impl Query {
    /// An order: one's own, or any for operators.
    async fn order(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<Order>> {
        let caller = auth::user(context)?;
        let Some(id) = OrderId::from_graphql(&id) else {
            return Ok(None);
        };
        let order = loader(context)?.load_one(id).await.map_err(fault)?;
        let visible =
            |order: &crate::model::Order| order.customer_id == caller.id || caller.role.is_operator();
        Ok(order.filter(visible).map(Order))
    }

    /// Orders, newest first; for operators.
    #[graphql(complexity = "cost_of_page(first, last, child_complexity)")]
    async fn orders(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which orders.")] filter: Option<OrderFilter>,
        #[graphql(desc = "At most so many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "At most so many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<OrderConnection> {
        auth::operator(context)?;
        let slice = Page::new(first, after.as_deref(), last, before.as_deref())?;
        page(context, filter.unwrap_or_default().read(), slice).await
    }

    /// The undoing of a departure; for operators.
    async fn cancellation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<Cancellation>> {
        auth::operator(context)?;
        let Some(id) = CancellationId::from_graphql(&id) else {
            return Ok(None);
        };
        Ok(loader(context)?
            .load_one(id)
            .await
            .map_err(fault)?
            .map(Cancellation))
    }

    /// A saga; for operators.
    async fn saga(&self, context: &Context<'_>, #[graphql(desc = "Its id.")] id: ID) -> Result<Option<Saga>> {
        auth::operator(context)?;
        let Ok(id) = Uuid::parse_str(&id) else {
            return Ok(None);
        };
        let sagas = context
            .data::<Booking>()?
            .sagas
            .journal()
            .sagas(&[id])
            .await
            .map_err(fault)?;
        Ok(sagas.into_iter().next().map(Saga))
    }

    /// Sagas, newest first; for operators.
    #[graphql(complexity = "cost_of_page(first, last, child_complexity)")]
    async fn sagas(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which sagas.")] filter: Option<SagaFilter>,
        #[graphql(desc = "At most so many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "At most so many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<SagaConnection> {
        auth::operator(context)?;
        let page: Page<IdCursor> = Page::new(first, after.as_deref(), last, before.as_deref())?;
        let slice = newest_first(&page);
        let journal = context.data::<Booking>()?.sagas.journal().clone();
        let sagas = journal.list(&filter.unwrap_or_default().read()?, slice).await?;
        Ok(page.connection(sagas, |saga| IdCursor(saga.id), Saga))
    }

    /// An order, for the router.
    #[graphql(entity)]
    async fn find_order_by_id(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<Order>> {
        let Ok(caller) = auth::user(context) else {
            return Ok(None);
        };
        let Some(id) = OrderId::from_graphql(&id) else {
            return Ok(None);
        };
        let order = loader(context)?.load_one(id).await.map_err(fault)?;
        let visible =
            |order: &crate::model::Order| order.customer_id == caller.id || caller.role.is_operator();
        Ok(order.filter(visible).map(Order))
    }

    /// A cancellation, for the router.
    #[graphql(entity)]
    async fn find_cancellation_by_id(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its id.")] id: ID,
    ) -> Result<Option<Cancellation>> {
        if auth::operator(context).is_err() {
            return Ok(None);
        }
        let Some(id) = CancellationId::from_graphql(&id) else {
            return Ok(None);
        };
        Ok(loader(context)?
            .load_one(id)
            .await
            .map_err(fault)?
            .map(Cancellation))
    }

    /// A user, to be given its orders.
    #[graphql(entity)]
    async fn find_user_by_id(&self, #[graphql(desc = "The user's id.")] id: ID) -> Option<User> {
        Some(User {
            id: UserId::from_graphql(&id)?,
        })
    }

    /// A departure, to be given the orders on it.
    #[graphql(entity)]
    async fn find_departure_by_id(
        &self,
        #[graphql(desc = "The departure's id.")] id: ID,
    ) -> Option<Departure> {
        Some(Departure {
            id: DepartureId::from_graphql(&id)?,
        })
    }
}

fn loader<'a>(context: &Context<'a>) -> Result<&'a DataLoader<OrdersLoader, NoCache>> {
    context.data::<DataLoader<OrdersLoader, NoCache>>()
}

/// The journal lists in the order of ids; clients see the newest first, so everything is the other way round.
fn newest_first(page: &Page<IdCursor>) -> Slice {
    Slice {
        after: page.before.map(|IdCursor(id)| id),
        before: page.after.map(|IdCursor(id)| id),
        backward: !page.backward,
        limit: page.fetch(),
    }
}
