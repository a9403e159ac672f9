//! Where a router enters: entities by their keys. There is no query of billing's own.

use async_graphql::{Context, ID, Object, Result};
use service::id::AccountId;

use super::account::{AccountObject, Viewer};
use super::user::User;

/// Entities by their keys.
pub struct Query;

#[Object]
impl Query {
    /// An account: its owner's, or an operator's to see.
    #[graphql(entity)]
    async fn find_account_by_id(&self, context: &Context<'_>, id: ID) -> Option<Result<AccountObject>> {
        let account = async {
            match (Viewer::of(context)?, AccountId::from_graphql(&id)) {
                (Some(viewer), Some(id)) => viewer.account(context, id).await,
                _ => Ok(None),
            }
        };
        account.await.transpose()
    }

    /// A user; whether there is one is for another subgraph to say.
    #[graphql(entity)]
    async fn find_user_by_id(&self, id: ID) -> User {
        User { id }
    }
}
