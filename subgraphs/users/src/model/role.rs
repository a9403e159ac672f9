//! Changes of roles.
//!
//! Invariant: the last administrator stays one. Changes of roles are rare and run one after the other, so that two
//! administrators cannot demote each other at the same time.

use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::prelude::*;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{BigInt, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use service::auth::Role;
use service::events::{self, NewEvent};
use service::id::UserId;

use super::{ChangeError, User};
use crate::email::EmailAddress;
use crate::events::UserRoleChanged;
use crate::schema::users;

/// The advisory lock that a change of roles holds: "roles" in ASCII.
const ROLES_LOCK: i64 = 0x72_6f6c_6573;

/// A role as the database keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct RoleColumn(pub Role);

impl From<RoleColumn> for Role {
    fn from(column: RoleColumn) -> Self {
        column.0
    }
}

impl ToSql<Text, Pg> for RoleColumn {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let text = match self.0 {
            Role::Customer => "CUSTOMER",
            Role::Operator => "OPERATOR",
            Role::Admin => "ADMIN",
        };
        <str as ToSql<Text, Pg>>::to_sql(text, out)
    }
}

impl FromSql<Text, Pg> for RoleColumn {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            b"CUSTOMER" => Ok(Self(Role::Customer)),
            b"OPERATOR" => Ok(Self(Role::Operator)),
            b"ADMIN" => Ok(Self(Role::Admin)),
            other => Err(format!("no role: {}", String::from_utf8_lossy(other)).into()),
        }
    }
}

/// Why a role stays what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoleRefusal {
    /// There is no such user.
    #[error("there is no such user")]
    UnknownUser,
    /// Nobody could change roles any more.
    #[error("the last administrator stays one: make somebody else an administrator first")]
    LastAdministrator,
    /// The caller's token says more than the caller may by now.
    #[error("only administrators may change roles")]
    NotAdministrator,
}

/// Changes the role of a user at the wish of an administrator, and says so in `UserRoleChanged`. The role that a user has
/// already is no change.
///
/// # Errors
/// [`ChangeError`]; the inner error is the caller's, and nothing has changed then.
pub async fn change_role(
    connection: &mut AsyncPgConnection,
    by: UserId,
    id: UserId,
    role: Role,
) -> Result<Result<User, RoleRefusal>, ChangeError> {
    connection
        .transaction(async |connection| {
            lock_roles(connection).await?;
            let caller = User::find(connection, by).await?;
            if caller.is_none_or(|caller| caller.role != Role::Admin) {
                return Ok(Err(RoleRefusal::NotAdministrator));
            }
            let user = User::find(connection, id).await?;
            set_role(connection, user, role).await
        })
        .await
}

/// Changes the role of the user of an e-mail address, at nobody's wish in particular: for the command line.
///
/// # Errors
/// As [`change_role`], apart from [`RoleRefusal::NotAdministrator`].
pub async fn promote(
    connection: &mut AsyncPgConnection,
    email: &EmailAddress,
    role: Role,
) -> Result<Result<User, RoleRefusal>, ChangeError> {
    connection
        .transaction(async |connection| {
            lock_roles(connection).await?;
            let user = User::find_by_email(connection, email).await?;
            set_role(connection, user, role).await
        })
        .await
}

async fn lock_roles(connection: &mut AsyncPgConnection) -> QueryResult<()> {
    diesel::sql_query("SELECT pg_advisory_xact_lock($1)")
        .bind::<BigInt, _>(ROLES_LOCK)
        .execute(connection)
        .await
        .map(drop)
}

async fn set_role(
    connection: &mut AsyncPgConnection,
    user: Option<User>,
    role: Role,
) -> Result<Result<User, RoleRefusal>, ChangeError> {
    let Some(user) = user else {
        return Ok(Err(RoleRefusal::UnknownUser));
    };
    if user.role == role {
        return Ok(Ok(user));
    }
    if user.role == Role::Admin && is_last_administrator(connection).await? {
        return Ok(Err(RoleRefusal::LastAdministrator));
    }
    let changed = diesel::update(users::table.find(user.id))
        .set(users::role.eq(RoleColumn(role)))
        .returning(User::as_returning())
        .get_result(connection)
        .await?;
    let event = NewEvent::new(&UserRoleChanged::from(&changed))?;
    events::append(connection, &[event]).await?;
    Ok(Ok(changed))
}

async fn is_last_administrator(connection: &mut AsyncPgConnection) -> QueryResult<bool> {
    let administrators: i64 = users::table
        .filter(users::role.eq(RoleColumn(Role::Admin)))
        .count()
        .get_result(connection)
        .await?;
    Ok(administrators <= 1)
}
