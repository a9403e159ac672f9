//! Loads what many fields of a request ask for in one query.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::runtime::TokioTimer;
use async_graphql::{Context, Result};
use service::database::{Connection, Pool, PoolError};
use service::graphql::LoaderTasks;
use service::id::UserId;

use crate::model::notification::{self, MailboxPage, Notification, NotificationId};

/// Loads notifications. It keeps nothing, so that all requests can share it.
pub(super) struct Mailroom {
    pool: Pool,
}

/// Why nothing could be loaded. Loads are shared, hence the reference counts.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum LoadError {
    #[error("no connection to the database: {0}")]
    Pool(Arc<PoolError>),
    #[error("notifications cannot be read: {0}")]
    Read(Arc<diesel::result::Error>),
}

impl From<diesel::result::Error> for LoadError {
    fn from(error: diesel::result::Error) -> Self {
        Self::Read(Arc::new(error))
    }
}

impl Mailroom {
    /// A loader over a pool, on the current runtime.
    pub(super) fn loader(pool: Pool) -> DataLoader<Self> {
        DataLoader::new(Self { pool }, LoaderTasks::current(), TokioTimer::default())
    }

    /// The loader of a request's schema.
    pub(super) fn of<'a>(context: &Context<'a>) -> Result<&'a DataLoader<Self>> {
        context.data()
    }

    async fn connection(&self) -> Result<Connection, LoadError> {
        self.pool
            .get()
            .await
            .map_err(|error| LoadError::Pool(Arc::new(error)))
    }
}

impl Loader<NotificationId> for Mailroom {
    type Value = Notification;
    type Error = LoadError;

    async fn load(&self, ids: &[NotificationId]) -> Result<HashMap<NotificationId, Notification>, LoadError> {
        let rows = notification::of_ids(&mut *self.connection().await?, ids).await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }
}

/// How many unread notifications a user has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct UnreadOf(pub(super) UserId);

impl Loader<UnreadOf> for Mailroom {
    type Value = i64;
    type Error = LoadError;

    async fn load(&self, keys: &[UnreadOf]) -> Result<HashMap<UnreadOf, i64>, LoadError> {
        let users: Vec<UserId> = keys.iter().map(|key| key.0).collect();
        let counts = notification::unread(&mut *self.connection().await?, &users).await?;
        Ok(counts
            .into_iter()
            .map(|(user, count)| (UnreadOf(user), count))
            .collect())
    }
}

/// A page of a user's mailbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct PageOf(pub(super) UserId, pub(super) MailboxPage);

impl Loader<PageOf> for Mailroom {
    type Value = Vec<Notification>;
    type Error = LoadError;

    async fn load(&self, keys: &[PageOf]) -> Result<HashMap<PageOf, Vec<Notification>>, LoadError> {
        // As a rule a request asks for the same page of every user.
        let mut users_of_page: HashMap<MailboxPage, Vec<UserId>> = HashMap::new();
        for PageOf(user, page) in keys {
            users_of_page.entry(*page).or_default().push(*user);
        }
        let mut connection = self.connection().await?;
        let mut pages = HashMap::with_capacity(keys.len());
        for (page, users) in users_of_page {
            let mailboxes = notification::mailboxes(&mut connection, &users, page).await?;
            pages.extend(
                mailboxes
                    .into_iter()
                    .map(|(user, rows)| (PageOf(user, page), rows)),
            );
        }
        Ok(pages)
    }
}
