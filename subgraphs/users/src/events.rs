//! What this service publishes on `users.events`, in the transaction of the change.

use chrono::{DateTime, Utc};
use serde::Serialize;
use service::auth::Role;
use service::events::EventPayload;
use service::id::UserId;
use uuid::Uuid;

use crate::model::User;

const AGGREGATE: &str = "user";

/// Somebody registered, or the first operator was set up.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRegistered {
    user_id: UserId,
    email: String,
    name: String,
    role: Role,
    registered_at: DateTime<Utc>,
}

impl From<&User> for UserRegistered {
    fn from(user: &User) -> Self {
        Self {
            user_id: user.id,
            email: user.email.clone(),
            name: user.name.clone(),
            role: user.role,
            registered_at: user.created_at,
        }
    }
}

impl EventPayload for UserRegistered {
    const TYPE: &'static str = "UserRegistered";
    const AGGREGATE: &'static str = AGGREGATE;

    fn aggregate_id(&self) -> Uuid {
        self.user_id.uuid()
    }
}

/// A user may do more or less than before.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct UserRoleChanged {
    user_id: UserId,
    role: Role,
}

impl From<&User> for UserRoleChanged {
    fn from(user: &User) -> Self {
        Self {
            user_id: user.id,
            role: user.role,
        }
    }
}

impl EventPayload for UserRoleChanged {
    const TYPE: &'static str = "UserRoleChanged";
    const AGGREGATE: &'static str = AGGREGATE;

    fn aggregate_id(&self) -> Uuid {
        self.user_id.uuid()
    }
}
