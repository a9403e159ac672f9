//! Orders: placed, found, listed.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::graphql::{IdCursor, Page};
use service::id::{DepartureId, OrderId, UserId};
use service::money::{Currency, Money};
use uuid::Uuid;

use super::{CancellationId, OrderStatus};
use crate::schema::orders;

/// A customer's request for seats on a departure, and what became of it.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = orders, check_for_backend(diesel::pg::Pg))]
pub struct Order {
    /// Its id.
    pub id: OrderId,
    /// Who asked.
    pub customer_id: UserId,
    /// For which departure.
    pub departure_id: DepartureId,
    /// For how many seats.
    pub seats: i32,
    /// What became of it.
    pub status: OrderStatus,
    total_minor: Option<i64>,
    currency: Option<Currency>,
    /// When the departure begins, once quoted.
    pub starts_at: Option<DateTime<Utc>>,
    /// Why it was rejected, for programs.
    pub rejection_code: Option<String>,
    /// Why it was rejected, for people.
    pub rejection_message: Option<String>,
    /// The cancellation of the departure that undoes it, if any.
    pub cancellation_id: Option<CancellationId>,
    /// When it was placed.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
}

/// An order about to be placed.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = orders)]
pub struct NewOrder {
    /// Its id, and its booking saga's.
    pub id: OrderId,
    /// Who asks.
    pub customer_id: UserId,
    /// For which departure.
    pub departure_id: DepartureId,
    /// For how many seats.
    pub seats: i32,
    /// The customer's key for this request.
    pub idempotency_key: Uuid,
}

/// What came of placing an order.
#[derive(Debug)]
pub enum PlaceOutcome {
    /// It is new.
    Placed,
    /// The same request came before, and made this order.
    Replayed(OrderId),
    /// The key was used for another request.
    KeyReused,
}

/// Which orders to list.
#[derive(Clone, Copy, Debug, Default)]
pub struct OrderFilter {
    /// With this status.
    pub status: Option<OrderStatus>,
    /// On this departure.
    pub departure_id: Option<DepartureId>,
    /// Of this customer.
    pub customer_id: Option<UserId>,
}

impl NewOrder {
    /// Whether the customer's key made an order already.
    ///
    /// # Errors
    /// The database's.
    pub async fn key_was_used(&self, mut connection: &AsyncPgConnection) -> QueryResult<bool> {
        let of_this_key = orders::table
            .filter(orders::customer_id.eq(self.customer_id))
            .filter(orders::idempotency_key.eq(self.idempotency_key));
        diesel::select(diesel::dsl::exists(of_this_key))
            .get_result(&mut connection)
            .await
    }

    /// Places the order unless its key was used before; the constraint decides, also between requests at the same time.
    ///
    /// # Errors
    /// The database's.
    pub async fn place(&self, mut connection: &AsyncPgConnection) -> QueryResult<PlaceOutcome> {
        let inserted = diesel::insert_into(orders::table)
            .values(self)
            .on_conflict((orders::customer_id, orders::idempotency_key))
            .do_nothing()
            .execute(&mut connection)
            .await?;
        if inserted == 1 {
            return Ok(PlaceOutcome::Placed);
        }
        let (id, departure_id, seats) = orders::table
            .filter(orders::customer_id.eq(self.customer_id))
            .filter(orders::idempotency_key.eq(self.idempotency_key))
            .select((orders::id, orders::departure_id, orders::seats))
            .first::<(OrderId, DepartureId, i32)>(&mut connection)
            .await?;
        Ok(if (departure_id, seats) == (self.departure_id, self.seats) {
            PlaceOutcome::Replayed(id)
        } else {
            PlaceOutcome::KeyReused
        })
    }
}

impl Order {
    /// The price of all seats, once quoted.
    #[must_use]
    pub fn total(&self) -> Option<Money> {
        Some(Money {
            minor: self.total_minor?,
            currency: self.currency?,
        })
    }

    /// An order by its id.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(mut connection: &AsyncPgConnection, id: OrderId) -> QueryResult<Option<Self>> {
        orders::table
            .find(id)
            .select(Self::as_select())
            .first(&mut connection)
            .await
            .optional()
    }

    /// Orders by their ids, in no particular order.
    ///
    /// # Errors
    /// The database's.
    pub async fn find_all(mut connection: &AsyncPgConnection, ids: &[OrderId]) -> QueryResult<Vec<Self>> {
        orders::table
            .filter(orders::id.eq_any(ids))
            .select(Self::as_select())
            .load(&mut connection)
            .await
    }

    /// An order, locked against changes until the end of the transaction.
    ///
    /// # Errors
    /// The database's.
    pub async fn lock(connection: &mut AsyncPgConnection, id: OrderId) -> QueryResult<Option<Self>> {
        orders::table
            .find(id)
            .for_no_key_update()
            .select(Self::as_select())
            .first(connection)
            .await
            .optional()
    }

    /// A page of orders, newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn list(
        mut connection: &AsyncPgConnection,
        filter: OrderFilter,
        page: &Page<IdCursor>,
    ) -> QueryResult<Vec<Self>> {
        let mut query = orders::table
            .select(Self::as_select())
            .limit(page.fetch())
            .into_boxed();
        if let Some(status) = filter.status {
            query = query.filter(orders::status.eq(status));
        }
        if let Some(departure) = filter.departure_id {
            query = query.filter(orders::departure_id.eq(departure));
        }
        if let Some(customer) = filter.customer_id {
            query = query.filter(orders::customer_id.eq(customer));
        }
        if let Some(IdCursor(after)) = page.after {
            query = query.filter(orders::id.lt(after));
        }
        if let Some(IdCursor(before)) = page.before {
            query = query.filter(orders::id.gt(before));
        }
        query = if page.backward {
            query.order(orders::id.asc())
        } else {
            query.order(orders::id.desc())
        };
        query.load(&mut connection).await
    }
}
