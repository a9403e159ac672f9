//! Charges: the price of an order goes from its customer's account to our revenue.
//!
//! A charge that does not fit is passed over; a smaller one behind it may fit. A repeated charge is answered as the
//! first one, and once an order's payment is given up (refunded or void) it is never charged again.

use std::collections::HashMap;

use diesel::QueryResult;
use diesel::result::Error;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use service::graphql::ErrorCode;
use service::id::{OrderId, UserId};
use service::money::{Currency, Money};

use super::meters;
use crate::model::{Account, Charged, Movement, Payment, Transfer};

/// Take the price of an order. The amount is more than zero.
#[derive(Clone, Copy, Debug)]
pub struct Charge {
    /// Which order.
    pub order: OrderId,
    /// Whose account.
    pub customer: UserId,
    /// How much.
    pub amount: Money,
}

/// Why an order is not charged. Nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChargeRejection {
    #[error("the account holds {balance}, the price is {price}")]
    InsufficientFunds { balance: Money, price: Money },
    #[error("the account is in {account}, the price in {price}")]
    CurrencyMismatch { account: Currency, price: Currency },
    #[error("the order's payment was given up before")]
    GivenUp,
    #[error("the order is charged already, with another amount or to another customer")]
    ChargedOtherwise,
}

impl ChargeRejection {
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::InsufficientFunds { .. } => ErrorCode::InsufficientFunds,
            Self::CurrencyMismatch { .. } => ErrorCode::CurrencyMismatch,
            Self::GivenUp | Self::ChargedOtherwise => ErrorCode::Conflict,
        }
    }
}

/// What was charged, or why not.
pub type ChargeResult = Result<Money, ChargeRejection>;

/// Charges orders, each on its own; the results in the order of the charges. Accounts that are missing are opened in the
/// currency given.
pub async fn charge(
    connection: &mut AsyncPgConnection,
    charges: &[Charge],
    currency: Currency,
) -> QueryResult<Vec<ChargeResult>> {
    loop {
        let result = connection
            .transaction(async |connection| attempt(connection, charges, currency).await)
            .await;
        // Somebody else was faster with an order's payment. That payment stays: this comes to an end.
        if !matches!(result, Err(Error::RollbackTransaction)) {
            let plan = result?;
            meters::posted(&plan.transfers);
            return Ok(plan.results);
        }
    }
}

async fn attempt(
    connection: &mut AsyncPgConnection,
    charges: &[Charge],
    currency: Currency,
) -> QueryResult<Plan> {
    let customers: Vec<UserId> = charges.iter().map(|charge| charge.customer).collect();
    let orders: Vec<OrderId> = charges.iter().map(|charge| charge.order).collect();
    let accounts = Account::lock_of_owners(connection, &customers).await?;
    // Read after the lock, so that a charge of the same customer that was faster is seen.
    let payments = Payment::of_orders(connection, &orders).await?;
    let mut plan = decide(charges, accounts, payments, currency);
    if !plan.opened.is_empty() {
        Account::open(connection, std::mem::take(&mut plan.opened), currency).await?;
    }
    Payment::open(connection, &plan.payments).await?;
    Transfer::post(connection, &plan.transfers).await?;
    Ok(plan)
}

/// What is to be written, and answered.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub results: Vec<ChargeResult>,
    pub transfers: Vec<Transfer>,
    pub payments: Vec<(OrderId, Payment)>,
    /// Customers whose account is still to be opened.
    pub opened: Vec<UserId>,
}

/// Decides on charges one after another, each on what those before it left.
pub(super) fn decide(
    charges: &[Charge],
    accounts: Vec<Account>,
    mut payments: HashMap<OrderId, Payment>,
    currency: Currency,
) -> Plan {
    let mut accounts: HashMap<UserId, Account> = accounts
        .into_iter()
        .map(|account| (account.owner, account))
        .collect();
    let mut plan = Plan::default();
    for charge in charges {
        let account = accounts.entry(charge.customer).or_insert_with(|| {
            plan.opened.push(charge.customer);
            Account::opened(charge.customer, currency)
        });
        let result = match payments.get(&charge.order) {
            Some(payment) => repeated(charge, account, *payment),
            None => first(charge, account).map(|transfer| {
                let payment = Payment::Charged(Charged {
                    account: account.id,
                    amount: charge.amount,
                });
                payments.insert(charge.order, payment);
                plan.payments.push((charge.order, payment));
                plan.transfers.push(transfer);
                charge.amount
            }),
        };
        plan.results.push(result);
    }
    plan
}

fn first(charge: &Charge, account: &mut Account) -> Result<Transfer, ChargeRejection> {
    let price = charge.amount;
    if account.currency != price.currency {
        return Err(ChargeRejection::CurrencyMismatch {
            account: account.currency,
            price: price.currency,
        });
    }
    let movement = Movement::Charge(charge.order);
    account
        .enter(movement, price)
        .ok_or(ChargeRejection::InsufficientFunds {
            balance: account.balance(),
            price,
        })
}

fn repeated(charge: &Charge, account: &Account, payment: Payment) -> ChargeResult {
    match payment {
        Payment::Charged(charged) if charged.account == account.id && charged.amount == charge.amount => {
            Ok(charged.amount)
        }
        Payment::Charged(_) => Err(ChargeRejection::ChargedOtherwise),
        Payment::Refunded(_) | Payment::Void => Err(ChargeRejection::GivenUp),
    }
}
