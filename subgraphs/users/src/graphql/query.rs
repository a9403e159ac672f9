//! What can be asked for.

use async_graphql::dataloader::DataLoader;
use async_graphql::{Context, ID, Object, Result};
use service::auth;
use service::id::UserId;

use super::user::{UserLoader, UserObject};

/// Users.
pub struct Query;

/// Questions about users.
#[Object(name = "Query")]
impl Query {
    /// The user who asks; needs an access token.
    async fn me(&self, context: &Context<'_>) -> Option<Result<UserObject>> {
        match auth::user(context) {
            Ok(caller) => find(context, caller.id).await.transpose(),
            Err(refusal) => Some(Err(refusal)),
        }
    }

    /// A user by id; for operators.
    async fn user(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The user's id.")] id: ID,
    ) -> Option<Result<UserObject>> {
        if let Err(refusal) = auth::operator(context) {
            return Some(Err(refusal));
        }
        find(context, UserId::from_graphql(&id)?).await.transpose()
    }

    /// The user that another subgraph refers to.
    #[graphql(entity)]
    async fn find_user_by_id(&self, context: &Context<'_>, id: ID) -> Option<Result<UserObject>> {
        find(context, UserId::from_graphql(&id)?).await.transpose()
    }
}

async fn find(context: &Context<'_>, id: UserId) -> Result<Option<UserObject>> {
    let loader = context.data::<DataLoader<UserLoader>>()?;
    Ok(loader.load_one(id).await?.map(UserObject::seen_by_caller))
}
