//! Accounts, and who may see them.

use async_graphql::connection::Connection;
use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use service::auth::{Caller, Principal};
use service::database::Pool;
use service::graphql::{MoneyObject, Opaque, Page, cost_of_page};
use service::id::{AccountId, UserId};

use super::ledger_entry::LedgerEntryObject;
use super::loader::AccountLoader;
use super::user::User;
use crate::model::{Account, EntryCursor, LedgerEntry};

/// A page of entries.
pub type LedgerEntryConnection = Connection<Opaque<EntryCursor>, LedgerEntryObject>;

/// Whoever looks at accounts: a user sees the own one, an operator all.
pub struct Viewer(Principal);

impl Viewer {
    /// Who looks, if it is a user. A token that does not hold is an error, not nobody.
    pub fn of(context: &Context<'_>) -> Result<Option<Self>> {
        match context.data_opt::<Caller>() {
            Some(caller @ Caller::Refused(_)) => caller.principal().map(Self).map(Some),
            caller => Ok(caller.and_then(Caller::user).map(Self)),
        }
    }

    /// The account of a user, if there is one that the viewer may see.
    pub async fn account_of(&self, context: &Context<'_>, owner: UserId) -> Result<Option<AccountObject>> {
        if !self.may_see(owner) {
            return Ok(None);
        }
        let loader = context.data::<DataLoader<AccountLoader>>()?;
        Ok(loader.load_one(owner).await?.map(AccountObject))
    }

    /// An account, if there is one that the viewer may see.
    pub async fn account(&self, context: &Context<'_>, id: AccountId) -> Result<Option<AccountObject>> {
        let loader = context.data::<DataLoader<AccountLoader>>()?;
        let account = loader.load_one(id).await?;
        Ok(account
            .filter(|account| self.may_see(account.owner))
            .map(AccountObject))
    }

    fn may_see(&self, owner: UserId) -> bool {
        self.0.id == owner || self.0.role.is_operator()
    }
}

/// A customer's account. Whoever holds one may see it: the check is in how one comes by it.
pub struct AccountObject(pub Account);

/// A customer's money.
#[Object(name = "Account")]
impl AccountObject {
    /// The id.
    async fn id(&self) -> ID {
        self.0.id.into()
    }

    /// Whose account it is.
    async fn owner(&self) -> User {
        User {
            id: self.0.owner.into(),
        }
    }

    /// What is on it.
    async fn balance(&self) -> MoneyObject {
        self.0.balance().into()
    }

    /// What moved the balance, the newest first.
    #[graphql(complexity = "cost_of_page(first, last, child_complexity)")]
    async fn entries(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many of the newest; 20 unless told, 100 at most.")] first: Option<i32>,
        #[graphql(desc = "Only entries after this cursor: older ones.")] after: Option<String>,
        #[graphql(desc = "How many of the oldest; 100 at most.")] last: Option<i32>,
        #[graphql(desc = "Only entries before this cursor: newer ones.")] before: Option<String>,
    ) -> Result<LedgerEntryConnection> {
        let page = Page::new(first, after.as_deref(), last, before.as_deref())?;
        let mut connection = context.data::<Pool>()?.get().await?;
        let entries = LedgerEntry::page(&mut connection, self.0.id, &page).await?;
        Ok(page.connection(entries, LedgerEntry::cursor, LedgerEntryObject))
    }

    /// When it was opened.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }
}
