//! Customers' accounts.
//!
//! Invariants: one account a user; its balance is never below zero; its entries are numbered 1, 2, 3 … in the order in
//! which they changed the balance, which the account's row lock decides.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::id::{AccountId, UserId};
use service::money::{Currency, Money};

use super::transfer::{Movement, Transfer, TransferId};
use crate::schema::accounts;

const CUSTOMER: &str = "customer";
const CASH: &str = "cash";
const REVENUE: &str = "revenue";

/// A customer's account.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = accounts, check_for_backend(diesel::pg::Pg))]
pub struct Account {
    pub id: AccountId,
    #[diesel(select_expression = accounts::owner_id.assume_not_null())]
    pub owner: UserId,
    pub currency: Currency,
    #[diesel(select_expression = accounts::balance.assume_not_null())]
    balance: i64,
    #[diesel(select_expression = accounts::entry_count.assume_not_null())]
    entry_count: i64,
    pub created_at: DateTime<Utc>,
}

#[diesel::dsl::auto_type(no_type_alias)]
fn customers() -> _ {
    let columns: diesel::dsl::AsSelect<Account, diesel::pg::Pg> = Account::as_select();
    let customer: &'static str = CUSTOMER;
    accounts::table
        .filter(accounts::kind.eq(customer))
        .select(columns)
}

impl Account {
    /// A new account with nothing on it, not written yet.
    pub fn opened(owner: UserId, currency: Currency) -> Self {
        Self {
            id: AccountId::new(),
            owner,
            currency,
            balance: 0,
            entry_count: 0,
            created_at: Utc::now(),
        }
    }

    pub fn balance(&self) -> Money {
        Money {
            minor: self.balance,
            currency: self.currency,
        }
    }

    /// Moves money: the transfer to be posted, whose entry is the account's next one. Nothing happens where the balance
    /// would fall below zero or exceed 64 bits.
    ///
    /// The amount is more than zero, and in the account's currency: constraints refuse anything else.
    pub fn enter(&mut self, movement: Movement, amount: Money) -> Option<Transfer> {
        let change = movement.kind().signed(amount.minor);
        let balance = self.balance.checked_add(change).filter(|balance| *balance >= 0)?;
        self.balance = balance;
        self.entry_count += 1;
        Some(Transfer {
            id: TransferId::new(),
            account: self.id,
            movement,
            amount,
            entry_number: self.entry_count,
            balance_after: balance,
        })
    }

    /// Opens accounts for those who have none.
    pub async fn open(
        connection: &mut AsyncPgConnection,
        owners: impl IntoIterator<Item = UserId>,
        currency: Currency,
    ) -> QueryResult<()> {
        let mut owners: Vec<UserId> = owners.into_iter().collect();
        owners.sort_unstable();
        owners.dedup();
        let rows: Vec<_> = owners
            .into_iter()
            .map(|owner| {
                (
                    accounts::id.eq(AccountId::new()),
                    accounts::owner_id.eq(owner),
                    accounts::kind.eq(CUSTOMER),
                    accounts::currency.eq(currency),
                    accounts::balance.eq(0),
                    accounts::entry_count.eq(0),
                )
            })
            .collect();
        // Where customers have accounts in a currency, we have ours.
        let ours = [CASH, REVENUE].map(|kind| {
            (
                accounts::id.eq(AccountId::new()),
                accounts::kind.eq(kind),
                accounts::currency.eq(currency),
            )
        });
        let insert = diesel::insert_into(accounts::table);
        insert
            .values(rows)
            .on_conflict_do_nothing()
            .execute(connection)
            .await?;
        let insert = diesel::insert_into(accounts::table);
        insert
            .values(ours)
            .on_conflict_do_nothing()
            .execute(connection)
            .await?;
        Ok(())
    }

    /// A user's account.
    pub async fn of_owner(connection: &mut AsyncPgConnection, owner: UserId) -> QueryResult<Option<Self>> {
        Ok(Self::of_owners(connection, &[owner]).await?.pop())
    }

    /// The accounts of users, as far as they have one.
    pub async fn of_owners(connection: &mut AsyncPgConnection, owners: &[UserId]) -> QueryResult<Vec<Self>> {
        let chosen = customers().filter(accounts::owner_id.eq_any(owners));
        chosen.load(connection).await
    }

    /// The accounts with these ids, as far as there are any.
    pub async fn with_ids(connection: &mut AsyncPgConnection, ids: &[AccountId]) -> QueryResult<Vec<Self>> {
        let chosen = customers().filter(accounts::id.eq_any(ids));
        chosen.load(connection).await
    }

    /// As [`Self::of_owners`], and locked until the end of the transaction.
    pub async fn lock_of_owners(
        connection: &mut AsyncPgConnection,
        owners: &[UserId],
    ) -> QueryResult<Vec<Self>> {
        let chosen = customers().filter(accounts::owner_id.eq_any(owners));
        chosen
            .order(accounts::id)
            .for_no_key_update()
            .load(connection)
            .await
    }

    /// As [`Self::with_ids`], and locked until the end of the transaction.
    pub async fn lock_with_ids(
        connection: &mut AsyncPgConnection,
        ids: &[AccountId],
    ) -> QueryResult<Vec<Self>> {
        let chosen = customers().filter(accounts::id.eq_any(ids));
        chosen
            .order(accounts::id)
            .for_no_key_update()
            .load(connection)
            .await
    }
}
