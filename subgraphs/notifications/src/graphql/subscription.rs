//! The subscriptions. Each authorizes its subscriber once, when it begins.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::{Context, ID, Result};
use futures::stream::{BoxStream, Peekable, Stream, StreamExt};
use service::auth::{self, Principal};
use service::database::Pool;
use service::graphql::ClientError;
use service::id::{DepartureId, OrderId};

use super::{CancellationProgress, DepartureUpdate, NotificationEvent, OrderUpdate};
use crate::feed::{Audience, CancellationId, Feed, FeedError, pushed};
use crate::model::feed_entry::{self, Entry};

/// The news of an order that was just placed may still be on its way here.
const WAIT_FOR_ORDER: Duration = Duration::from_secs(5);

/// The subscription root.
pub struct Subscription;

/// What happens, as it happens. Each event has a cursor: a client that comes back gives the last one it saw as `after`
/// and gets what came since, with no gap and nothing twice.
#[async_graphql::Subscription(name = "Subscription")]
impl Subscription {
    /// A notification was sent to the caller.
    async fn notification_received(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The cursor of the last event seen; only what comes from now on without it.")]
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<NotificationEvent>>> {
        let caller = auth::user(context)?;
        let entries = entries(context, Audience::Mailbox(caller.id), after.as_deref()).await?;
        Ok(entries.map(event))
    }

    /// An order of the caller got another status; or one order, which for others than operators must be the caller's.
    async fn order_updated(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Only this order.")] order_id: Option<ID>,
        #[graphql(desc = "The cursor of the last event seen; only what comes from now on without it.")]
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<OrderUpdate>>> {
        let caller = auth::user(context)?;
        let after = after.as_deref();
        let entries = match order_id {
            None => entries(context, Audience::OrdersOf(caller.id), after).await?,
            Some(id) => {
                let order = OrderId::from_graphql(&id).ok_or_else(|| not_found("orderId"))?;
                let entries = entries(context, Audience::Order(order), after).await?;
                if caller.role.is_operator() {
                    entries
                } else {
                    only_of(context, caller, order, entries).await?
                }
            }
        };
        Ok(entries.map(event))
    }

    /// A departure changed its price, seats or status.
    async fn departure_updated(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The departure.")] departure_id: ID,
        #[graphql(desc = "The cursor of the last event seen; only what comes from now on without it.")]
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<DepartureUpdate>>> {
        let departure = DepartureId::from_graphql(&departure_id).ok_or_else(|| not_found("departureId"))?;
        let entries = entries(context, Audience::Departure(departure), after.as_deref()).await?;
        Ok(entries.map(event))
    }

    /// The cancellation of a departure got on. For operators.
    async fn cancellation_progressed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The cancellation.")] cancellation_id: ID,
        #[graphql(desc = "The cursor of the last event seen; only what comes from now on without it.")]
        after: Option<String>,
    ) -> Result<impl Stream<Item = Result<CancellationProgress>>> {
        auth::operator(context)?;
        let cancellation =
            CancellationId::from_graphql(&cancellation_id).ok_or_else(|| not_found("cancellationId"))?;
        let entries = entries(context, Audience::Cancellation(cancellation), after.as_deref()).await?;
        Ok(entries.map(event))
    }
}

type Entries = BoxStream<'static, Result<Arc<Entry>, FeedError>>;

async fn entries(context: &Context<'_>, audience: Audience, after: Option<&str>) -> Result<Entries> {
    let entries = context.data::<Feed>()?.subscribe(audience, after).await;
    Ok(entries.map_err(FeedError::into_graphql)?.boxed())
}

/// An entry as the event that clients see.
fn event<T>(entry: Result<Arc<Entry>, FeedError>) -> Result<T>
where
    T: for<'a> TryFrom<&'a Entry, Error = serde_json::Error>,
{
    let entry = entry.map_err(FeedError::into_graphql)?;
    pushed(&entry);
    Ok(T::try_from(&entry)?)
}

/// The entries of an order that is the caller's. An order of somebody else is answered like one that does not exist.
async fn only_of(
    context: &Context<'_>,
    caller: Principal,
    order: OrderId,
    entries: Entries,
) -> Result<Entries> {
    let own = entries.filter(move |entry| {
        let own = entry
            .as_ref()
            .map_or(true, |entry| entry.user_id == Some(caller.id));
        std::future::ready(own)
    });
    let mut own: Peekable<Entries> = own.boxed().peekable();
    let known = {
        let mut connection = context.data::<Pool>()?.get().await?;
        feed_entry::order_is_of(&mut connection, order, caller.id).await?
    };
    if !known {
        let first = tokio::time::timeout(WAIT_FOR_ORDER, Pin::new(&mut own).peek()).await;
        first.map_err(|_elapsed| not_found("orderId"))?;
    }
    Ok(own.boxed())
}

fn not_found(argument: &'static str) -> ClientError {
    ClientError::BadUserInput {
        argument,
        message: "not found".to_owned(),
    }
}
