//! A notification, and the event that one was sent.

use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};
use chrono::{DateTime, Utc};

use super::Order;
use super::loader::Mailroom;
use crate::model::feed_entry::Entry;
use crate::model::notification::{self as model, Kind, NotificationId};

/// An e-mail to a customer.
#[derive(Clone, Debug, SimpleObject)]
pub struct Notification {
    /// The notification's id.
    pub id: ID,
    /// What it tells.
    pub kind: Kind,
    /// The address that it went to.
    pub recipient: String,
    /// Its subject line.
    pub subject: String,
    /// Its text.
    pub body: String,
    /// The order that it is about, if it is about one.
    pub order: Option<Order>,
    /// When it was sent.
    pub sent_at: DateTime<Utc>,
    /// When its recipient first read it; null while it is unread.
    pub read_at: Option<DateTime<Utc>>,
}

impl From<model::Notification> for Notification {
    fn from(row: model::Notification) -> Self {
        Self {
            id: row.id.to_string().into(),
            kind: row.kind,
            recipient: row.recipient,
            subject: row.subject,
            body: row.body,
            order: row.order_id.map(Into::into),
            sent_at: row.sent_at,
            read_at: row.read_at,
        }
    }
}

/// A notification was sent.
#[derive(Clone, Debug, SimpleObject)]
#[graphql(complex)]
pub struct NotificationEvent {
    /// Where to resume: give it as `after`.
    pub cursor: String,
    #[graphql(skip)]
    id: NotificationId,
}

#[ComplexObject]
impl NotificationEvent {
    /// The notification, as it is now.
    async fn notification(&self, context: &Context<'_>) -> Result<Notification> {
        let row = Mailroom::of(context)?.load_one(self.id).await?;
        let row = row.ok_or_else(|| async_graphql::Error::new_with_source(Missing(self.id)))?;
        Ok(row.into())
    }
}

impl TryFrom<&Entry> for NotificationEvent {
    type Error = serde_json::Error;

    fn try_from(entry: &Entry) -> Result<Self, Self::Error> {
        Ok(Self {
            cursor: entry.position.to_cursor(),
            id: entry.subject_id.into(),
        })
    }
}

/// Both are written in one transaction, and notifications are not deleted.
#[derive(Debug, thiserror::Error)]
#[error("the feed tells of notification {0}, which does not exist")]
struct Missing(NotificationId);
