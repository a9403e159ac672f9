//! Orders as clients see them.

use async_graphql::connection::Connection;
use async_graphql::dataloader::{DataLoader, NoCache};
use async_graphql::{Context, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use saga::journal::JournalEntry;
use service::auth;
use service::graphql::{ErrorCode, IdCursor, MoneyObject, Opaque, Page, cost_of_page, fault};
use service::id::{DepartureId, UserId};

use super::context::Booking;
use super::loader::{OrdersLoader, TicketsOf, TimelineOf};
use super::stubs::{Departure, OrderRejection, User};
use super::ticket::Ticket;
use super::timeline::{SagaEvent, timeline};
use crate::model::{self, OrderFilter as Filter, OrderStatus};

/// A customer's request for seats on a departure, and what became of it.
pub struct Order(pub model::Order);

/// A customer's request for seats on a departure, and what became of it.
#[Object]
impl Order {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Who asked.
    async fn customer(&self) -> Option<User> {
        Some(User {
            id: self.0.customer_id,
        })
    }

    /// For which departure.
    async fn departure(&self) -> Option<Departure> {
        Some(Departure {
            id: self.0.departure_id,
        })
    }

    /// For how many seats.
    async fn seats(&self) -> i32 {
        self.0.seats
    }

    /// The price of all seats; null until quoted.
    async fn total(&self) -> Option<MoneyObject> {
        self.0.total().map(MoneyObject::from)
    }

    /// What became of it.
    async fn status(&self) -> OrderStatus {
        self.0.status
    }

    /// Why it came to nothing; set when REJECTED.
    async fn rejection(&self) -> Option<OrderRejection> {
        let code = self.0.rejection_code.as_deref()?;
        Some(OrderRejection {
            code: code.parse().unwrap_or(ErrorCode::Conflict),
            message: self.0.rejection_message.clone().unwrap_or_default(),
        })
    }

    /// One a seat, once CONFIRMED.
    async fn tickets(&self, context: &Context<'_>) -> Result<Vec<Ticket>> {
        let loader = context.data::<DataLoader<OrdersLoader, NoCache>>()?;
        let tickets = loader
            .load_one(TicketsOf(self.0.id))
            .await
            .map_err(fault)?
            .unwrap_or_default();
        let order_status = self.0.status;
        Ok(tickets
            .into_iter()
            .map(|ticket| Ticket { ticket, order_status })
            .collect())
    }

    /// Set where an operator gave up what was being done: by whom, when and why. The order stays as it is then, and so do
    /// its money and its seats.
    async fn abandoned(&self, context: &Context<'_>) -> Result<Option<SagaEvent>> {
        if !matches!(self.0.status, OrderStatus::Pending | OrderStatus::Cancelling) {
            return Ok(None);
        }
        let mut events = self.entries(context).await?.into_iter();
        let given_up = events.rfind(|entry| entry.kind == "ABANDONED");
        Ok(given_up.map(SagaEvent::from))
    }

    /// What happened to it, in order. Of an order that came to its end long ago only the beginning and the end are left.
    async fn timeline(&self, context: &Context<'_>) -> Result<Vec<SagaEvent>> {
        Ok(timeline(&self.0, self.entries(context).await?))
    }

    /// When it was placed.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last changed.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

impl Order {
    async fn entries(&self, context: &Context<'_>) -> Result<Vec<JournalEntry>> {
        let loader = context.data::<DataLoader<OrdersLoader, NoCache>>()?;
        let entries = loader.load_one(TimelineOf(self.0.id)).await;
        Ok(entries.map_err(fault)?.unwrap_or_default())
    }
}

/// Which orders to list.
#[derive(Clone, Debug, Default, InputObject)]
pub struct OrderFilter {
    /// With this status.
    pub status: Option<OrderStatus>,
    /// On this departure.
    pub departure_id: Option<ID>,
    /// Of this customer.
    pub customer_id: Option<ID>,
}

impl OrderFilter {
    /// The filter, or nothing where an id is none of ours: then no order fits.
    pub(super) fn read(self) -> Option<Filter> {
        let departure = self
            .departure_id
            .as_ref()
            .map(|id| DepartureId::from_graphql(id).ok_or(()));
        let customer = self
            .customer_id
            .as_ref()
            .map(|id| UserId::from_graphql(id).ok_or(()));
        Some(Filter {
            status: self.status,
            departure_id: departure.transpose().ok()?,
            customer_id: customer.transpose().ok()?,
        })
    }
}

/// A page of orders, newest first.
pub type OrderConnection = Connection<Opaque<IdCursor>, Order>;

pub(super) async fn page(
    context: &Context<'_>,
    filter: Option<Filter>,
    page: Page<IdCursor>,
) -> Result<OrderConnection> {
    let rows = match filter {
        Some(filter) => {
            let connection = context.data::<Booking>()?.pool.get().await?;
            model::Order::list(&connection, filter, &page).await?
        }
        None => Vec::new(),
    };
    Ok(page.connection(rows, |order| IdCursor(order.id.uuid()), Order))
}

/// Somebody who can log in: a customer, an operator or an administrator.
#[Object]
impl User {
    /// Its id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// The user's orders, newest first; for the user and for operators.
    #[graphql(complexity = "cost_of_page(first, last, child_complexity)")]
    async fn orders(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "At most so many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "At most so many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Option<OrderConnection>> {
        let caller = auth::user(context)?;
        if caller.id != self.id && !caller.role.is_operator() {
            return Ok(None);
        }
        let slice = Page::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = Filter {
            customer_id: Some(self.id),
            ..Filter::default()
        };
        page(context, Some(filter), slice).await.map(Some)
    }
}

/// An excursion at a given time.
#[Object]
impl Departure {
    /// Its id.
    async fn id(&self) -> ID {
        self.id.into()
    }

    /// The orders on it, newest first; for operators.
    #[graphql(complexity = "cost_of_page(first, last, child_complexity)")]
    async fn orders(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which orders.")] filter: Option<OrderFilter>,
        #[graphql(desc = "At most so many from the start, 1 to 100.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "At most so many from the end, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Result<Option<OrderConnection>> {
        auth::operator(context)?;
        let slice = Page::new(first, after.as_deref(), last, before.as_deref())?;
        let filter = filter.unwrap_or_default().read();
        let elsewhere = filter
            .and_then(|filter| filter.departure_id)
            .is_some_and(|id| id != self.id);
        let filter = filter.filter(|_| !elsewhere);
        let filter = filter.map(|filter| Filter {
            departure_id: Some(self.id),
            ..filter
        });
        page(context, filter, slice).await.map(Some)
    }
}
