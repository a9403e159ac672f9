//! Ledger entries, and the orders that they refer to.

use async_graphql::{ID, Object, SimpleObject};
use chrono::{DateTime, Utc};
use service::graphql::MoneyObject;

use crate::model::{LedgerEntry, TransferKind};

/// A customer's request for seats on a departure, and what became of it.
#[derive(SimpleObject)]
#[graphql(unresolvable)]
pub struct Order {
    /// The id.
    pub id: ID,
}

/// An entry, as its account's owner sees it.
pub struct LedgerEntryObject(pub LedgerEntry);

/// One movement of a customer's money, never changed afterwards.
#[Object(name = "LedgerEntry")]
impl LedgerEntryObject {
    /// The id.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// What moved the money.
    async fn kind(&self) -> TransferKind {
        self.0.kind
    }

    /// What was moved: more than zero onto the account, less than zero off it.
    async fn amount(&self) -> MoneyObject {
        self.0.change().into()
    }

    /// What was on the account afterwards.
    async fn balance_after(&self) -> MoneyObject {
        self.0.balance_after().into()
    }

    /// The order that it was for; none for a deposit.
    async fn order(&self) -> Option<Order> {
        self.0.order.map(|order| Order { id: order.into() })
    }

    /// When it happened.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}
