//! Ledger entries: transfers as their customer sees them.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::graphql::{Cursor, Page};
use service::id::{AccountId, OrderId};
use service::money::{Currency, Money};
use uuid::Uuid;

use super::kind::TransferKind;
use super::transfer::TransferId;
use crate::schema::transfers;

/// One movement of a customer's money.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = transfers, check_for_backend(diesel::pg::Pg))]
pub struct LedgerEntry {
    pub id: TransferId,
    pub kind: TransferKind,
    amount: i64,
    currency: Currency,
    #[diesel(column_name = order_id)]
    pub order: Option<OrderId>,
    entry_number: i64,
    balance_after: i64,
    pub created_at: DateTime<Utc>,
}

/// An entry's place on its account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryCursor(i64);

impl Cursor for EntryCursor {
    fn to_bytes(&self) -> Vec<u8> {
        self.0.to_be_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(i64::from_be_bytes).map(Self)
    }
}

impl LedgerEntry {
    /// What was moved, without its direction.
    pub fn amount(&self) -> Money {
        self.money(self.amount)
    }

    /// What was moved, as it changed the balance: less than zero for a charge.
    pub fn change(&self) -> Money {
        self.money(self.kind.signed(self.amount))
    }

    pub fn balance_after(&self) -> Money {
        self.money(self.balance_after)
    }

    pub fn cursor(&self) -> EntryCursor {
        EntryCursor(self.entry_number)
    }

    fn money(&self, minor: i64) -> Money {
        Money {
            minor,
            currency: self.currency,
        }
    }

    /// The entry of a deposit, if the key was used.
    pub async fn of_deposit(
        connection: &mut AsyncPgConnection,
        account: AccountId,
        idempotency_key: Uuid,
    ) -> QueryResult<Option<Self>> {
        transfers::table
            .filter(transfers::customer_account_id.eq(account))
            .filter(transfers::idempotency_key.eq(idempotency_key))
            .select(Self::as_select())
            .first(connection)
            .await
            .optional()
    }

    /// A page of an account's entries, the newest first.
    pub async fn page(
        connection: &mut AsyncPgConnection,
        account: AccountId,
        page: &Page<EntryCursor>,
    ) -> QueryResult<Vec<Self>> {
        let mut entries = transfers::table
            .filter(transfers::customer_account_id.eq(account))
            .select(Self::as_select())
            .limit(page.fetch())
            .into_boxed();
        if let Some(EntryCursor(number)) = page.after {
            entries = entries.filter(transfers::entry_number.lt(number));
        }
        if let Some(EntryCursor(number)) = page.before {
            entries = entries.filter(transfers::entry_number.gt(number));
        }
        if page.backward {
            entries
                .order(transfers::entry_number.asc())
                .load(connection)
                .await
        } else {
            entries
                .order(transfers::entry_number.desc())
                .load(connection)
                .await
        }
    }
}
