//! What billing adds to users.

use async_graphql::{ComplexObject, Context, ID, Result, SimpleObject};
use service::id::UserId;

use super::account::{AccountObject, Viewer};

/// Somebody who can log in: a customer, an operator or an administrator.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct User {
    /// The id.
    pub id: ID,
}

#[ComplexObject]
impl User {
    /// The user's account: for the user and for operators. Opened soon after registration.
    async fn account(&self, context: &Context<'_>) -> Option<Result<AccountObject>> {
        let account = async {
            match (Viewer::of(context)?, UserId::from_graphql(&self.id)) {
                (Some(viewer), Some(owner)) => viewer.account_of(context, owner).await,
                _ => Ok(None),
            }
        };
        account.await.transpose()
    }
}
