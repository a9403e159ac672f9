//! Orders: placed, found, listed.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Array, Integer, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::database::Statement;
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
#[derive(Clone, Debug)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

    /// Places orders, each unless its key was used before; the constraint decides, also between requests at the same time.
    /// The outcomes stand in the order of `orders`.
    ///
    /// # Errors
    /// The database's.
    pub async fn place(
        connection: &mut AsyncPgConnection,
        orders: &[Self],
    ) -> QueryResult<Vec<PlaceOutcome>> {
        let placed = insert(connection, orders).await?;
        let others = orders.iter().filter(|order| !placed.contains(&order.id));
        let first = with_keys(connection, &others.collect::<Vec<_>>()).await?;
        let outcomes = orders.iter().map(|order| {
            if placed.contains(&order.id) {
                return Ok(PlaceOutcome::Placed);
            }
            // It is there, or the insertion had gone through: orders are never deleted.
            let first = first.get(&(order.customer_id, order.idempotency_key));
            let first = first.ok_or(diesel::result::Error::NotFound)?;
            Ok(
                if (first.departure_id, first.seats) == (order.departure_id, order.seats) {
                    PlaceOutcome::Replayed(first.id)
                } else {
                    PlaceOutcome::KeyReused
                },
            )
        });
        outcomes.collect()
    }
}

fn column<T>(orders: &[&NewOrder], value: impl Fn(&NewOrder) -> T) -> Vec<T> {
    orders.iter().map(|order| value(order)).collect()
}

/// The orders whose key is new.
async fn insert(connection: &mut AsyncPgConnection, orders: &[NewOrder]) -> QueryResult<HashSet<OrderId>> {
    #[derive(QueryableByName)]
    struct Placed {
        #[diesel(sql_type = SqlUuid)]
        id: OrderId,
    }
    // One order for everybody: whoever meets another's key waits for it, and two never wait for each other.
    let mut sorted: Vec<&NewOrder> = orders.iter().collect();
    sorted.sort_by_key(|order| (order.customer_id, order.idempotency_key));
    let placed: Vec<Placed> = Statement::new(
        "INSERT INTO orders (id, customer_id, departure_id, seats, idempotency_key) SELECT * FROM unnest(",
    )
    .bind::<Array<SqlUuid>, _>(column(&sorted, |order| order.id))
    .bind::<Array<SqlUuid>, _>(column(&sorted, |order| order.customer_id))
    .bind::<Array<SqlUuid>, _>(column(&sorted, |order| order.departure_id))
    .bind::<Array<Integer>, _>(column(&sorted, |order| order.seats))
    .bind::<Array<SqlUuid>, _>(column(&sorted, |order| order.idempotency_key))
    .then(") ON CONFLICT (customer_id, idempotency_key) DO NOTHING RETURNING id")
    .load(connection)
    .await?;
    Ok(placed.into_iter().map(|row| row.id).collect())
}

#[derive(QueryableByName)]
struct First {
    #[diesel(sql_type = SqlUuid)]
    id: OrderId,
    #[diesel(sql_type = SqlUuid)]
    customer_id: UserId,
    #[diesel(sql_type = SqlUuid)]
    departure_id: DepartureId,
    #[diesel(sql_type = Integer)]
    seats: i32,
    #[diesel(sql_type = SqlUuid)]
    idempotency_key: Uuid,
}

/// The orders that were placed with the same customers' keys.
async fn with_keys(
    connection: &mut AsyncPgConnection,
    orders: &[&NewOrder],
) -> QueryResult<HashMap<(UserId, Uuid), First>> {
    if orders.is_empty() {
        return Ok(HashMap::new());
    }
    let found: Vec<First> = Statement::new(
        "SELECT o.id, o.customer_id, o.departure_id, o.seats, o.idempotency_key FROM orders o JOIN unnest(",
    )
    .bind::<Array<SqlUuid>, _>(column(orders, |order| order.customer_id))
    .bind::<Array<SqlUuid>, _>(column(orders, |order| order.idempotency_key))
    .then(") AS used (customer_id, idempotency_key) USING (customer_id, idempotency_key)")
    .load(connection)
    .await?;
    let by_key = found
        .into_iter()
        .map(|first| ((first.customer_id, first.idempotency_key), first));
    Ok(by_key.collect())
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
