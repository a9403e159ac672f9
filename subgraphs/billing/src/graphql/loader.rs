//! Loads accounts in batches: one query for all that a request asks for at the same time.
//!
//! Nothing is cached: a balance is read when it is asked for.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::TokioTimer;
use diesel::QueryResult;
use service::database::{Connection, Pool, PoolError};
use service::graphql::LoaderTasks;
use service::id::{AccountId, UserId};

use crate::model::Account;

/// Loads accounts by id, and by owner.
pub struct AccountLoader(Pool);

/// The loader, for the schema's data. Must be called on a Tokio runtime.
pub fn accounts(pool: Pool) -> DataLoader<AccountLoader> {
    DataLoader::new(AccountLoader(pool), LoaderTasks::current(), TokioTimer::default()).delay(Duration::ZERO)
}

/// Why accounts cannot be loaded; told to all who wait for the batch.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoadError {
    #[error(transparent)]
    Pool(Arc<PoolError>),
    #[error(transparent)]
    Query(Arc<diesel::result::Error>),
}

impl AccountLoader {
    async fn connection(&self) -> Result<Connection, LoadError> {
        self.0
            .get()
            .await
            .map_err(|error| LoadError::Pool(Arc::new(error)))
    }
}

fn by<K: std::hash::Hash + Eq>(
    accounts: QueryResult<Vec<Account>>,
    key: impl Fn(&Account) -> K,
) -> Result<HashMap<K, Account>, LoadError> {
    let accounts = accounts.map_err(|error| LoadError::Query(Arc::new(error)))?;
    Ok(accounts
        .into_iter()
        .map(|account| (key(&account), account))
        .collect())
}

impl Loader<AccountId> for AccountLoader {
    type Value = Account;
    type Error = LoadError;

    async fn load(&self, ids: &[AccountId]) -> Result<HashMap<AccountId, Account>, LoadError> {
        let mut connection = self.connection().await?;
        by(Account::with_ids(&mut connection, ids).await, |account| {
            account.id
        })
    }
}

impl Loader<UserId> for AccountLoader {
    type Value = Account;
    type Error = LoadError;

    async fn load(&self, owners: &[UserId]) -> Result<HashMap<UserId, Account>, LoadError> {
        let mut connection = self.connection().await?;
        by(Account::of_owners(&mut connection, owners).await, |account| {
            account.owner
        })
    }
}
