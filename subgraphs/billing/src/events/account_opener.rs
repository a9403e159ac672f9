//! Opens an account for whoever registers.
//!
//! Invariant: one account a user, whether this event or the user's first deposit comes first.

use async_trait::async_trait;
use diesel_async::AsyncPgConnection;
use serde::Deserialize;
use service::events::{ConsumeError, Consumer, Event};
use service::id::UserId;

use crate::BillingSettings;
use crate::model::Account;

/// What billing needs to know of a new user.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UserRegistered {
    user_id: UserId,
}

/// The consumer of `users.events`.
pub struct AccountOpener {
    settings: BillingSettings,
}

impl AccountOpener {
    /// A consumer that opens accounts in the currency of the settings.
    #[must_use]
    pub const fn new(settings: BillingSettings) -> Self {
        Self { settings }
    }
}

#[async_trait]
impl Consumer for AccountOpener {
    async fn consume(
        &self,
        connection: &mut AsyncPgConnection,
        events: &[Event],
    ) -> Result<(), ConsumeError> {
        let registered = events.iter().filter(|event| event.event_type == "UserRegistered");
        let owners = registered
            .map(|event| event.payload::<UserRegistered>().map(|payload| payload.user_id))
            .collect::<Result<Vec<_>, _>>()?;
        if !owners.is_empty() {
            Account::open(connection, owners, self.settings.currency).await?;
        }
        Ok(())
    }
}
