//! `changeRole`: who may do what; for administrators.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use service::auth::{self, Role};
use service::graphql::{ClientError, ErrorCode, UserError};
use service::id::UserId;

use super::user::UserObject;
use crate::application::App;
use crate::model::{self, RoleRefusal, User};

const FOR_ADMINISTRATORS: ClientError = ClientError::Forbidden("only administrators may change roles");

/// Whose role, and which.
#[derive(InputObject)]
pub struct ChangeRoleInput {
    /// The user whose role changes.
    user_id: ID,
    /// The role from now on.
    role: Role,
}

/// What came of a change of role.
#[derive(SimpleObject)]
pub struct ChangeRolePayload {
    /// The user, with the new role.
    user: Option<UserObject>,
    /// Why the role stays what it was.
    errors: Vec<UserError>,
}

/// The mutation.
#[derive(Default)]
pub struct ChangeRole;

/// Roles.
#[Object]
impl ChangeRole {
    /// Changes what a user may do; for administrators. The user's tokens say so from their next refresh.
    async fn change_role(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose role, and which.")] input: ChangeRoleInput,
    ) -> Result<ChangeRolePayload> {
        let caller = auth::user(context)?;
        if caller.role != Role::Admin {
            return Err(FOR_ADMINISTRATORS.into());
        }
        let app = context.data::<Arc<App>>()?;
        let changed = match UserId::from_graphql(&input.user_id) {
            Some(user) => change(app, caller.id, user, input.role).await?,
            None => Err(RoleRefusal::UnknownUser),
        };
        let refusal = match changed {
            Ok(user) => {
                return Ok(ChangeRolePayload {
                    user: Some(UserObject::seen_by_caller(user)),
                    errors: Vec::new(),
                });
            }
            Err(refusal) => refusal,
        };
        let (code, field) = match refusal {
            RoleRefusal::UnknownUser => (ErrorCode::NotFound, "userId"),
            RoleRefusal::LastAdministrator => (ErrorCode::Conflict, "role"),
            RoleRefusal::NotAdministrator => return Err(FOR_ADMINISTRATORS.into()),
        };
        Ok(ChangeRolePayload {
            user: None,
            errors: vec![UserError::at(code, &[field], refusal.to_string())],
        })
    }
}

async fn change(app: &App, by: UserId, user: UserId, role: Role) -> Result<Result<User, RoleRefusal>> {
    let mut connection = app.pool.get().await?;
    let changed = model::change_role(&mut connection, by, user, role).await?;
    app.outbox.written();
    Ok(changed)
}
