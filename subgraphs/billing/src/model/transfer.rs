//! Transfers, as they are written: double entry, a row for both sides.
//!
//! Invariant: a transfer and the balance that it changes are written by one statement.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Nullable, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::id::{AccountId, OrderId};
use service::money::Money;
use uuid::Uuid;

use super::kind::TransferKind;

service::typed_id! {
    /// A transfer; to its customer a ledger entry.
    TransferId
}

/// What money is moved for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Movement {
    /// A deposit, by its idempotency key.
    Deposit(Uuid),
    /// The charge of an order.
    Charge(OrderId),
    /// The refund of an order.
    Refund(OrderId),
}

impl Movement {
    pub const fn kind(self) -> TransferKind {
        match self {
            Self::Deposit(_) => TransferKind::Deposit,
            Self::Charge(_) => TransferKind::Charge,
            Self::Refund(_) => TransferKind::Refund,
        }
    }

    fn order(self) -> Option<Uuid> {
        match self {
            Self::Deposit(_) => None,
            Self::Charge(order) | Self::Refund(order) => Some(order.uuid()),
        }
    }

    fn idempotency_key(self) -> Option<Uuid> {
        match self {
            Self::Deposit(key) => Some(key),
            Self::Charge(_) | Self::Refund(_) => None,
        }
    }
}

/// A transfer to be written; made by [`super::Account::enter`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    pub id: TransferId,
    pub account: AccountId,
    pub movement: Movement,
    pub amount: Money,
    pub entry_number: i64,
    pub balance_after: i64,
}

impl Transfer {
    /// Writes transfers, and the balances after them. The customers' accounts are locked.
    pub async fn post(connection: &mut AsyncPgConnection, transfers: &[Self]) -> QueryResult<()> {
        if transfers.is_empty() {
            return Ok(());
        }
        let posting = Posting {
            ids: transfers.iter().map(|transfer| transfer.id.uuid()).collect(),
            kinds: transfers
                .iter()
                .map(|transfer| transfer.movement.kind())
                .collect(),
            accounts: transfers.iter().map(|transfer| transfer.account.uuid()).collect(),
            amounts: transfers.iter().map(|transfer| transfer.amount.minor).collect(),
            currencies: transfers
                .iter()
                .map(|transfer| transfer.amount.currency.code())
                .collect(),
            orders: transfers
                .iter()
                .map(|transfer| transfer.movement.order())
                .collect(),
            keys: transfers
                .iter()
                .map(|transfer| transfer.movement.idempotency_key())
                .collect(),
            entry_numbers: transfers.iter().map(|transfer| transfer.entry_number).collect(),
            balances_after: transfers.iter().map(|transfer| transfer.balance_after).collect(),
        };
        posting.execute(connection).await?;
        Ok(())
    }
}

/// One statement for a whole batch; of one text, so that the connection prepares it once.
#[derive(QueryId)]
struct Posting {
    ids: Vec<Uuid>,
    kinds: Vec<TransferKind>,
    accounts: Vec<Uuid>,
    amounts: Vec<i64>,
    currencies: Vec<&'static str>,
    orders: Vec<Option<Uuid>>,
    keys: Vec<Option<Uuid>>,
    entry_numbers: Vec<i64>,
    balances_after: Vec<i64>,
}

impl QueryFragment<Pg> for Posting {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("WITH entry AS (SELECT * FROM unnest(");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.ids)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.kinds)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<SqlUuid>, _>(&self.accounts)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.amounts)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.currencies)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<SqlUuid>>, _>(&self.orders)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Nullable<SqlUuid>>, _>(&self.keys)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.entry_numbers)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.balances_after)?;
        out.push_sql(include_str!("transfer/post.sql"));
        Ok(())
    }
}

impl diesel::query_builder::Query for Posting {
    type SqlType = diesel::sql_types::Untyped;
}

impl<C> diesel::query_dsl::RunQueryDsl<C> for Posting {}
