//! Payments: where an order's payment stands.
//!
//! Invariants: an order is charged at most once, and refunded at most what was charged. A refund that comes before its
//! charge leaves a void payment, a tombstone: the charge is refused from then on.

use std::collections::HashMap;

use diesel::deserialize::{self, Queryable};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::Error;
use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::id::{AccountId, OrderId};
use service::money::{Currency, Money};
use uuid::Uuid;

use crate::schema::payments;

const CHARGED: &str = "charged";
const REFUNDED: &str = "refunded";
const VOID: &str = "void";

/// What was charged, and to which account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Charged {
    pub account: AccountId,
    pub amount: Money,
}

/// Where an order's payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Payment {
    /// We hold the money.
    Charged(Charged),
    /// It was charged, and given back.
    Refunded(Charged),
    /// It was given up before it was charged.
    Void,
}

impl Payment {
    const fn status(self) -> &'static str {
        match self {
            Self::Charged(_) => CHARGED,
            Self::Refunded(_) => REFUNDED,
            Self::Void => VOID,
        }
    }

    const fn charged(self) -> Option<Charged> {
        match self {
            Self::Charged(charged) | Self::Refunded(charged) => Some(charged),
            Self::Void => None,
        }
    }

    /// The payments of orders, as far as there are any.
    pub async fn of_orders(
        connection: &mut AsyncPgConnection,
        orders: &[OrderId],
    ) -> QueryResult<HashMap<OrderId, Self>> {
        let chosen = payments::table.filter(payments::order_id.eq_any(orders));
        let rows: Vec<Row> = chosen.select(columns()).load(connection).await?;
        Ok(rows.into_iter().map(|row| (row.order, row.payment)).collect())
    }

    /// As [`Self::of_orders`], and locked until the end of the transaction.
    pub async fn lock_of_orders(
        connection: &mut AsyncPgConnection,
        orders: &[OrderId],
    ) -> QueryResult<HashMap<OrderId, Self>> {
        let chosen = payments::table.filter(payments::order_id.eq_any(orders));
        let ordered = chosen.select(columns()).order(payments::order_id);
        let rows: Vec<Row> = ordered.for_no_key_update().load(connection).await?;
        Ok(rows.into_iter().map(|row| (row.order, row.payment)).collect())
    }

    /// Writes the payments of orders that had none. Where another transaction was faster with any of them, which this one
    /// waits to see, it is to be rolled back and run again.
    pub async fn open(connection: &mut AsyncPgConnection, new: &[(OrderId, Self)]) -> QueryResult<()> {
        if new.is_empty() {
            return Ok(());
        }
        let mut new = new.to_vec();
        new.sort_unstable_by_key(|(order, _)| *order);
        let charged = |(_, payment): &(OrderId, Self)| payment.charged();
        let opening = Opening {
            orders: new.iter().map(|(order, _)| order.uuid()).collect(),
            statuses: new.iter().map(|(_, payment)| payment.status()).collect(),
            accounts: new.iter().map(|row| Some(charged(row)?.account.uuid())).collect(),
            amounts: new.iter().map(|row| Some(charged(row)?.amount.minor)).collect(),
            currencies: new
                .iter()
                .map(|row| Some(charged(row)?.amount.currency.code()))
                .collect(),
        };
        let opened = opening.execute(connection).await?;
        if opened == new.len() {
            Ok(())
        } else {
            Err(Error::RollbackTransaction)
        }
    }

    /// Writes that payments were refunded. Their rows are locked, and charged.
    pub async fn mark_refunded(connection: &mut AsyncPgConnection, orders: &[OrderId]) -> QueryResult<()> {
        if orders.is_empty() {
            return Ok(());
        }
        diesel::update(payments::table.filter(payments::order_id.eq_any(orders)))
            .set((
                payments::status.eq(REFUNDED),
                payments::updated_at.eq(diesel::dsl::now),
            ))
            .execute(connection)
            .await?;
        Ok(())
    }
}

type Columns = (
    payments::order_id,
    payments::status,
    payments::account_id,
    payments::amount,
    payments::currency,
);

const fn columns() -> Columns {
    (
        payments::order_id,
        payments::status,
        payments::account_id,
        payments::amount,
        payments::currency,
    )
}

struct Row {
    order: OrderId,
    payment: Payment,
}

type SqlRow = (SqlUuid, Text, Nullable<SqlUuid>, Nullable<BigInt>, Nullable<Text>);

impl Queryable<SqlRow, Pg> for Row {
    type Row = (OrderId, String, Option<AccountId>, Option<i64>, Option<Currency>);

    fn build((order, status, account, minor, currency): Self::Row) -> deserialize::Result<Self> {
        let charged = || match (account, minor, currency) {
            (Some(account), Some(minor), Some(currency)) => Ok(Charged {
                account,
                amount: Money { minor, currency },
            }),
            _ => Err("a payment without what was charged"),
        };
        let payment = match status.as_str() {
            CHARGED => Payment::Charged(charged()?),
            REFUNDED => Payment::Refunded(charged()?),
            VOID => Payment::Void,
            _ => return Err("not a payment's status".into()),
        };
        Ok(Self { order, payment })
    }
}

/// One statement for a whole batch; of one text, so that the connection prepares it once.
#[derive(QueryId)]
struct Opening {
    orders: Vec<Uuid>,
    statuses: Vec<&'static str>,
    accounts: Vec<Option<Uuid>>,
    amounts: Vec<Option<i64>>,
    currencies: Vec<Option<&'static str>>,
}

impl QueryFragment<Pg> for Opening {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql(
            "INSERT INTO payments (order_id, status, account_id, amount, currency) SELECT * FROM unnest(",
        );
        out.push_bind_param::<Array<SqlUuid>, _>(&self.orders)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.statuses)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<SqlUuid>>, _>(&self.accounts)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<BigInt>>, _>(&self.amounts)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<Text>>, _>(&self.currencies)?;
        out.push_sql(") ON CONFLICT DO NOTHING");
        Ok(())
    }
}

impl<C> diesel::query_dsl::RunQueryDsl<C> for Opening {}
