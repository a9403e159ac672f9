//! `deposit`: a customer tops up the own account.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use service::auth::user;
use service::database::Pool;
use service::graphql::{ErrorCode, MoneyInput, UserError};
use service::money::{Currency, Money};
use uuid::Uuid;

use super::account::AccountObject;
use super::ledger_entry::LedgerEntryObject;
use crate::BillingSettings;
use crate::ledger::{self, Deposit, DepositRejection, Deposited};
use crate::model::Account;

/// What to pay in.
#[derive(InputObject)]
pub struct DepositInput {
    /// More than zero, in the account's currency.
    amount: MoneyInput,
    /// The same key again, with the same amount, changes nothing and returns the first deposit.
    idempotency_key: Uuid,
}

/// What a deposit brought about.
#[derive(SimpleObject)]
pub struct DepositPayload {
    /// The caller's account as it is now.
    account: Option<AccountObject>,
    /// The deposit's entry.
    entry: Option<LedgerEntryObject>,
    /// Whether this is the result of an earlier deposit with the same key.
    replayed: bool,
    /// Why nothing was paid in; empty if it was.
    errors: Vec<UserError>,
}

#[derive(Default)]
pub struct DepositMutation;

#[Object]
impl DepositMutation {
    /// Pays money into the caller's account, which is opened if need be.
    async fn deposit(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What to pay in.")] input: DepositInput,
    ) -> Result<DepositPayload> {
        let owner = user(context)?.id;
        let mut connection = context.data::<Pool>()?.get().await?;
        let account = Account::of_owner(&mut connection, owner).await?;
        let currency = match account {
            Some(account) => account.currency,
            None => context.data::<BillingSettings>()?.currency,
        };
        let amount = match amount(input.amount, currency) {
            Ok(amount) => amount,
            Err(errors) => return Ok(DepositPayload::refused(errors)),
        };
        let deposit = Deposit {
            owner,
            amount,
            idempotency_key: input.idempotency_key,
        };
        Ok(match ledger::deposit(&mut connection, &deposit).await? {
            Ok(deposited) => DepositPayload::done(deposited),
            Err(rejection) => DepositPayload::refused(vec![refusal(rejection)]),
        })
    }
}

/// The amount, or all that is wrong with it.
fn amount(input: MoneyInput, currency: Currency) -> Result<Money, Vec<UserError>> {
    let mut errors = Vec::new();
    if input.currency.0 != currency {
        let message = format!("the account is in {currency}");
        errors.push(UserError::at(
            ErrorCode::CurrencyMismatch,
            &["amount", "currency"],
            message,
        ));
    }
    match within_limits(input) {
        Ok(amount) if errors.is_empty() => return Ok(amount),
        Ok(_) => {}
        Err(message) => errors.push(UserError::at(
            ErrorCode::InvalidInput,
            &["amount", "amount"],
            message,
        )),
    }
    Err(errors)
}

fn within_limits(input: MoneyInput) -> Result<Money, String> {
    let amount = input.to_money().map_err(|error| error.to_string())?;
    let limit = ledger::max_deposit(amount.currency);
    match amount.minor {
        ..=0 => Err("must be more than zero".to_owned()),
        minor if minor > limit.minor => Err(format!("must be {limit} at most")),
        _ => Ok(amount),
    }
}

fn refusal(rejection: DepositRejection) -> UserError {
    let message = rejection.to_string();
    match rejection {
        DepositRejection::KeyReused { .. } => {
            UserError::at(ErrorCode::IdempotencyKeyReused, &["idempotencyKey"], message)
        }
        DepositRejection::TooMuch { .. } => {
            UserError::at(ErrorCode::Conflict, &["amount", "amount"], message)
        }
    }
}

impl DepositPayload {
    fn done(deposited: Deposited) -> Self {
        Self {
            account: Some(AccountObject(deposited.account)),
            entry: Some(LedgerEntryObject(deposited.entry)),
            replayed: deposited.replayed,
            errors: Vec::new(),
        }
    }

    fn refused(errors: Vec<UserError>) -> Self {
        Self {
            account: None,
            entry: None,
            replayed: false,
            errors,
        }
    }
}
