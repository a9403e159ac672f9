//! What is published on `notifications.events`.

use chrono::{DateTime, Utc};
use serde::Serialize;
use service::events::EventPayload;
use service::id::{OrderId, UserId};
use uuid::Uuid;

use crate::model::notification::{Kind, NewNotification, NotificationId};

/// A notification was sent.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationSent {
    /// Which.
    pub notification_id: NotificationId,
    /// To whom.
    pub user_id: UserId,
    /// What it tells.
    pub kind: Kind,
    /// The order that it is about.
    pub order_id: Option<OrderId>,
    /// When.
    pub sent_at: DateTime<Utc>,
}

impl From<&NewNotification> for NotificationSent {
    fn from(mail: &NewNotification) -> Self {
        Self {
            notification_id: mail.id,
            user_id: mail.user_id,
            kind: mail.kind,
            order_id: mail.order_id,
            sent_at: mail.sent_at,
        }
    }
}

impl EventPayload for NotificationSent {
    const TYPE: &'static str = "NotificationSent";
    const AGGREGATE: &'static str = "notification";

    fn aggregate_id(&self) -> Uuid {
        self.user_id.uuid()
    }
}
