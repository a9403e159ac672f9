//! Refunds: what was charged for an order goes back from our revenue to its customer's account.
//!
//! A refund always succeeds: it gives back exactly what was charged, once. Where nothing was charged yet it leaves a void
//! payment, so that a charge that comes later is refused.

use std::collections::HashMap;

use diesel::QueryResult;
use diesel::result::Error;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use service::id::{AccountId, OrderId};
use service::money::Money;

use super::meters;
use crate::model::{Account, Charged, Movement, Payment, Transfer};

/// What was given back; nothing where nothing had been charged.
pub type RefundResult = Option<Money>;

/// Refunds orders; the results in the order of the commands.
pub async fn refund(
    connection: &mut AsyncPgConnection,
    orders: &[OrderId],
) -> QueryResult<Vec<RefundResult>> {
    loop {
        let result = connection
            .transaction(async |connection| attempt(connection, orders).await)
            .await;
        // Somebody else was faster with an order's payment. That payment stays: this comes to an end.
        if !matches!(result, Err(Error::RollbackTransaction)) {
            let plan = result?;
            meters::posted(&plan.transfers);
            return Ok(plan.results);
        }
    }
}

async fn attempt(connection: &mut AsyncPgConnection, orders: &[OrderId]) -> QueryResult<Plan> {
    let payments = Payment::lock_of_orders(connection, orders).await?;
    let charged = payments.values().filter_map(|payment| match payment {
        Payment::Charged(charged) => Some(charged.account),
        Payment::Refunded(_) | Payment::Void => None,
    });
    let accounts: Vec<AccountId> = charged.collect();
    let accounts = Account::lock_with_ids(connection, &accounts).await?;
    let plan = decide(orders, accounts, payments)?;
    Payment::open(connection, &plan.voided).await?;
    Payment::mark_refunded(connection, &plan.refunded).await?;
    Transfer::post(connection, &plan.transfers).await?;
    Ok(plan)
}

/// What is to be written, and answered.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub results: Vec<RefundResult>,
    pub transfers: Vec<Transfer>,
    pub refunded: Vec<OrderId>,
    pub voided: Vec<(OrderId, Payment)>,
}

/// Decides on refunds one after another.
pub(super) fn decide(
    orders: &[OrderId],
    accounts: Vec<Account>,
    mut payments: HashMap<OrderId, Payment>,
) -> QueryResult<Plan> {
    let mut accounts: HashMap<AccountId, Account> = accounts
        .into_iter()
        .map(|account| (account.id, account))
        .collect();
    let mut plan = Plan::default();
    for &order in orders {
        let result = match payments.get(&order) {
            Some(&Payment::Charged(charged)) => {
                plan.transfers.push(give_back(order, charged, &mut accounts)?);
                plan.refunded.push(order);
                payments.insert(order, Payment::Refunded(charged));
                Some(charged.amount)
            }
            Some(Payment::Refunded(charged)) => Some(charged.amount),
            Some(Payment::Void) => None,
            None => {
                plan.voided.push((order, Payment::Void));
                payments.insert(order, Payment::Void);
                None
            }
        };
        plan.results.push(result);
    }
    Ok(plan)
}

fn give_back(
    order: OrderId,
    charged: Charged,
    accounts: &mut HashMap<AccountId, Account>,
) -> QueryResult<Transfer> {
    // A foreign key holds the account.
    let account = accounts.get_mut(&charged.account).ok_or(Error::NotFound)?;
    let entered = account.enter(Movement::Refund(order), charged.amount);
    entered.ok_or_else(|| Error::SerializationError("the balance would exceed 64 bits".into()))
}
