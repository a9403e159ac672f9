//! Deposits: a customer pays in; the money goes from our cash to the account.
//!
//! A deposit with a key that the account saw before does nothing, and is answered with the first one's entry.

use diesel::QueryResult;
use diesel::result::Error;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use service::id::UserId;
use service::money::{Currency, Money};
use uuid::Uuid;

use super::meters;
use crate::model::{Account, LedgerEntry, Movement, Transfer};

/// Major units, in any currency.
const MAX_DEPOSIT: i64 = 1_000_000;
const MAX_BALANCE: i64 = 1_000_000_000;

/// The most that one deposit may bring.
pub fn max_deposit(currency: Currency) -> Money {
    major(MAX_DEPOSIT, currency)
}

/// The most that an account may hold after a deposit. Far below 64 bits, so that refunds always fit.
fn max_balance(currency: Currency) -> Money {
    major(MAX_BALANCE, currency)
}

/// No currency has more than four decimal digits: the limits fit.
fn major(units: i64, currency: Currency) -> Money {
    Money {
        minor: units.saturating_mul(10_i64.saturating_pow(currency.exponent())),
        currency,
    }
}

/// Pay in. The amount is more than zero, and in the account's currency.
#[derive(Clone, Copy, Debug)]
pub struct Deposit {
    pub owner: UserId,
    pub amount: Money,
    pub idempotency_key: Uuid,
}

/// What a deposit brought about.
#[derive(Debug)]
pub struct Deposited {
    pub account: Account,
    pub entry: LedgerEntry,
    /// Whether it was done before, by a deposit with the same key.
    pub replayed: bool,
}

/// Why a deposit is not done. Nothing happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DepositRejection {
    #[error("the idempotency key was used for a deposit of {first}")]
    KeyReused { first: Money },
    #[error("the account can hold {limit} at most, and holds {balance}")]
    TooMuch { limit: Money, balance: Money },
}

/// Pays in. An account that is missing is opened.
pub async fn deposit(
    connection: &mut AsyncPgConnection,
    deposit: &Deposit,
) -> QueryResult<Result<Deposited, DepositRejection>> {
    let (answer, transfer) = connection
        .transaction(async |connection| attempt(connection, deposit).await)
        .await?;
    meters::posted(transfer.as_slice());
    Ok(answer)
}

type Answer = Result<Deposited, DepositRejection>;

async fn attempt(
    connection: &mut AsyncPgConnection,
    deposit: &Deposit,
) -> QueryResult<(Answer, Option<Transfer>)> {
    let mut found = Account::lock_of_owners(connection, &[deposit.owner]).await?.pop();
    if found.is_none() {
        Account::open(connection, [deposit.owner], deposit.amount.currency).await?;
        found = Account::lock_of_owners(connection, &[deposit.owner]).await?.pop();
    }
    let mut account = found.ok_or(Error::NotFound)?;

    // The lock on the account keeps another deposit with the same key waiting until this one is seen.
    if let Some(entry) = LedgerEntry::of_deposit(connection, account.id, deposit.idempotency_key).await? {
        let first = entry.amount();
        let answer = if first == deposit.amount {
            Ok(Deposited {
                account,
                entry,
                replayed: true,
            })
        } else {
            Err(DepositRejection::KeyReused { first })
        };
        return Ok((answer, None));
    }

    let (balance, limit) = (account.balance(), max_balance(account.currency));
    let movement = Movement::Deposit(deposit.idempotency_key);
    let entered = account.enter(movement, deposit.amount);
    let Some(transfer) = entered.filter(|transfer| transfer.balance_after <= limit.minor) else {
        return Ok((Err(DepositRejection::TooMuch { limit, balance }), None));
    };
    Transfer::post(connection, std::slice::from_ref(&transfer)).await?;
    let entry = LedgerEntry::of_deposit(connection, account.id, deposit.idempotency_key).await?;
    let deposited = Deposited {
        account,
        entry: entry.ok_or(Error::NotFound)?,
        replayed: false,
    };
    Ok((Ok(deposited), Some(transfer)))
}
