//! Users.
//!
//! That an e-mail address is taken is for the index `users_email_unique` to say, not for a look beforehand.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::auth::Role;
use service::events::{self, NewEvent};
use service::id::UserId;

use super::ChangeError;
use super::role::RoleColumn;
use crate::email::EmailAddress;
use crate::events::UserRegistered;
use crate::schema::users;

#[diesel::declare_sql_function]
extern "SQL" {
    fn lower(text: diesel::sql_types::Text) -> diesel::sql_types::Text;
}

/// As the index `users_email_unique` has it.
#[diesel::dsl::auto_type]
fn has_email<'a>(email: &'a str) -> _ {
    lower(users::email).eq(lower(email))
}

/// A user, without the password.
#[derive(Clone, Debug, PartialEq, Eq, HasQuery)]
#[diesel(table_name = users)]
pub struct User {
    /// Which.
    pub id: UserId,
    /// The address as the user wrote it.
    pub email: String,
    /// What the user is called.
    pub name: String,
    /// What the user may do.
    #[diesel(deserialize_as = RoleColumn)]
    pub role: Role,
    /// When the user registered.
    pub created_at: DateTime<Utc>,
}

impl User {
    /// A user by id.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(connection: &mut AsyncPgConnection, id: UserId) -> QueryResult<Option<Self>> {
        Self::query()
            .filter(users::id.eq(id))
            .first(connection)
            .await
            .optional()
    }

    /// Those of many users that there are, in no order.
    ///
    /// # Errors
    /// The database's.
    pub async fn find_many(connection: &mut AsyncPgConnection, ids: &[UserId]) -> QueryResult<Vec<Self>> {
        Self::query().filter(users::id.eq_any(ids)).load(connection).await
    }

    /// A user by e-mail address, in any case.
    ///
    /// # Errors
    /// The database's.
    pub async fn find_by_email(
        connection: &mut AsyncPgConnection,
        email: &EmailAddress,
    ) -> QueryResult<Option<Self>> {
        Self::query()
            .filter(has_email(email.as_str()))
            .first(connection)
            .await
            .optional()
    }
}

/// What a log-in is checked against.
#[derive(Clone, HasQuery)]
#[diesel(table_name = users)]
pub struct Credentials {
    /// Who.
    #[diesel(embed)]
    pub user: User,
    /// The PHC string.
    pub password_hash: String,
}

impl Credentials {
    /// The credentials of an e-mail address, in any case.
    ///
    /// # Errors
    /// The database's.
    pub async fn find_by_email(
        connection: &mut AsyncPgConnection,
        email: &EmailAddress,
    ) -> QueryResult<Option<Self>> {
        Self::query()
            .filter(has_email(email.as_str()))
            .first(connection)
            .await
            .optional()
    }
}

/// A user to be.
#[derive(Clone)]
pub struct NewUser {
    /// The address, as written.
    pub email: EmailAddress,
    /// What to call the user, 1 to 100 characters.
    pub name: String,
    /// What the user may do.
    pub role: Role,
    /// The PHC string.
    pub password_hash: String,
}

impl NewUser {
    /// Writes the user and `UserRegistered`, within the caller's transaction; nothing where the e-mail address is taken.
    ///
    /// # Errors
    /// [`ChangeError`].
    pub async fn register(&self, connection: &mut AsyncPgConnection) -> Result<Option<User>, ChangeError> {
        let inserted = diesel::insert_into(users::table)
            .values((
                users::id.eq(UserId::new()),
                users::email.eq(self.email.as_str()),
                users::name.eq(&self.name),
                users::role.eq(RoleColumn(self.role)),
                users::password_hash.eq(&self.password_hash),
            ))
            // Waits for a registration of the same address that is under way. The other unique column is the new id.
            .on_conflict_do_nothing()
            .returning(User::as_returning())
            .get_result(connection)
            .await
            .optional()?;
        if let Some(user) = &inserted {
            let event = NewEvent::new(&UserRegistered::from(user))?;
            events::append(connection, &[event]).await?;
        }
        Ok(inserted)
    }
}
