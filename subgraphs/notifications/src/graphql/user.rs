//! What this subgraph adds to users.

use async_graphql::connection::Connection;
use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};
use service::auth;
use service::graphql::{IdCursor, Opaque, Page, cost_of_page};
use service::id::UserId;

use super::Notification;
use super::loader::{Mailroom, PageOf, UnreadOf};
use crate::model::notification::MailboxPage;

/// A page of notifications.
pub type NotificationConnection = Connection<Opaque<IdCursor>, Notification>;

/// Somebody who can log in: a customer, an operator or an administrator.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct User {
    /// The user's id.
    pub id: ID,
}

#[ComplexObject]
impl User {
    /// The user's notifications, newest first. For the user and for operators; null for anybody else.
    #[graphql(complexity = "cost_of_page(first, last, child_complexity)")]
    async fn notifications(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The first so many, 1 to 100; 20 unless told otherwise.")] first: Option<i32>,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
        #[graphql(desc = "The last so many, 1 to 100.")] last: Option<i32>,
        #[graphql(desc = "Only those before this cursor.")] before: Option<String>,
    ) -> Option<Result<NotificationConnection>> {
        let user = self.visible_to_caller(context)?;
        Some(
            page_of(
                context,
                user,
                Page::new(first, after.as_deref(), last, before.as_deref()),
            )
            .await,
        )
    }

    /// How many of the user's notifications are unread. For the user and for operators; null for anybody else.
    async fn unread_notifications(&self, context: &Context<'_>) -> Option<Result<i32>> {
        let user = self.visible_to_caller(context)?;
        Some(unread_of(context, user).await)
    }
}

impl User {
    fn visible_to_caller(&self, context: &Context<'_>) -> Option<UserId> {
        let user = UserId::from_graphql(&self.id)?;
        let caller = auth::user(context).ok()?;
        (caller.id == user || caller.role.is_operator()).then_some(user)
    }
}

async fn page_of(
    context: &Context<'_>,
    user: UserId,
    page: Result<Page<IdCursor>, service::graphql::ClientError>,
) -> Result<NotificationConnection> {
    let page = page?;
    let wanted = MailboxPage {
        after: page.after.map(|cursor| cursor.0),
        before: page.before.map(|cursor| cursor.0),
        backward: page.backward,
        fetch: page.fetch(),
    };
    let rows = Mailroom::of(context)?.load_one(PageOf(user, wanted)).await?;
    Ok(page.connection(
        rows.unwrap_or_default(),
        |row| IdCursor(row.id.uuid()),
        Notification::from,
    ))
}

async fn unread_of(context: &Context<'_>, user: UserId) -> Result<i32> {
    let count = Mailroom::of(context)?.load_one(UnreadOf(user)).await?;
    Ok(i32::try_from(count.unwrap_or_default()).unwrap_or(i32::MAX))
}
