//! A user, as far as the caller may see.

use std::collections::HashMap;
use std::sync::Arc;

use async_graphql::dataloader::Loader;
use async_graphql::{Context, ID, Object, Result};
use chrono::{DateTime, Utc};
use service::auth::{self, Role};
use service::database::{Pool, PoolError};
use service::graphql::ClientError;
use service::id::UserId;

use crate::model::User;

/// A user.
pub struct UserObject {
    user: User,
    proved_to_be_caller: bool,
}

impl UserObject {
    /// Shows what the caller's token allows.
    pub fn seen_by_caller(user: User) -> Self {
        Self {
            user,
            proved_to_be_caller: false,
        }
    }

    /// Shows everything: the caller has just proved to be this user, and has no token yet.
    pub fn seen_by_itself(user: User) -> Self {
        Self {
            user,
            proved_to_be_caller: true,
        }
    }
}

/// Somebody who can log in: a customer, an operator or an administrator.
#[Object(name = "User")]
impl UserObject {
    /// The user's id.
    async fn id(&self) -> ID {
        ID(self.user.id.to_string())
    }

    /// The e-mail address that the user logs in with; the user and operators see it.
    async fn email(&self, context: &Context<'_>) -> Result<&str> {
        if !self.proved_to_be_caller {
            let caller = auth::user(context)?;
            if caller.id != self.user.id && !caller.role.is_operator() {
                let refusal = "only the user and operators may see a user's e-mail address";
                return Err(ClientError::Forbidden(refusal).into());
            }
        }
        Ok(&self.user.email)
    }

    /// What the user is called.
    async fn name(&self) -> &str {
        &self.user.name
    }

    /// What the user may do.
    async fn role(&self) -> Role {
        self.user.role
    }

    /// When the user registered.
    async fn created_at(&self) -> DateTime<Utc> {
        self.user.created_at
    }
}

/// Loads the users that one response asks for in one query.
pub struct UserLoader(pub Pool);

/// Why users could not be loaded.
#[derive(Clone, Debug, thiserror::Error)]
pub enum LoadError {
    /// No connection.
    #[error(transparent)]
    Connect(Arc<PoolError>),
    /// The query.
    #[error(transparent)]
    Query(Arc<diesel::result::Error>),
}

impl Loader<UserId> for UserLoader {
    type Value = User;
    type Error = LoadError;

    async fn load(&self, ids: &[UserId]) -> Result<HashMap<UserId, User>, LoadError> {
        let connection = self.0.get().await;
        let mut connection = connection.map_err(|error| LoadError::Connect(Arc::new(error)))?;
        let found = User::find_many(&mut connection, ids).await;
        let users = found.map_err(|error| LoadError::Query(Arc::new(error)))?;
        Ok(users.into_iter().map(|user| (user.id, user)).collect())
    }
}
