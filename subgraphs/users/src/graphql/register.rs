//! `register`: a new customer, logged in at once.

use std::sync::Arc;

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use chrono::Utc;
use diesel_async::AsyncConnection;
use service::auth::Role;
use service::graphql::{ErrorCode, UserError, UserErrors};

use super::log_in::refused_for_now;
use super::session::SessionObject;
use crate::application::App;
use crate::email::EmailAddress;
use crate::model::{ChangeError, NewUser, start_session};
use crate::password::Password;

const MAX_NAME_LENGTH: usize = 100;

/// Who registers.
#[derive(InputObject)]
pub struct RegisterInput {
    /// The e-mail address to log in with; its case does not matter.
    email: String,
    /// The password, 8 to 128 characters.
    #[graphql(secret)]
    password: String,
    /// What to call you, at most 100 characters.
    name: String,
}

struct Registration {
    email: EmailAddress,
    password: Password,
    name: String,
}

impl RegisterInput {
    fn validate(&self) -> Result<Registration, Vec<UserError>> {
        let mut errors = UserErrors::none();
        let email = errors.parse(&["email"], &self.email);
        let password = errors.parse(&["password"], &self.password);
        let name = errors.text(&["name"], &self.name, MAX_NAME_LENGTH);
        if name
            .chars()
            .any(|character| character.is_control() && character != '\0')
        {
            errors.invalid(&["name"], "must not hold control characters");
        }
        match (email, password, errors.into_result()) {
            (Some(email), Some(password), Ok(())) => Ok(Registration {
                email,
                password,
                name,
            }),
            (_, _, noted) => Err(noted.err().unwrap_or_default()),
        }
    }
}

/// What came of a registration.
#[derive(SimpleObject, Default)]
pub struct RegisterPayload {
    /// The session of the new user.
    session: Option<SessionObject>,
    /// Why nobody was registered; empty if somebody was.
    errors: Vec<UserError>,
}

/// The mutation.
#[derive(Default)]
pub struct Register;

/// Registration.
#[Object]
impl Register {
    /// Registers a customer and logs in. An account opens by itself.
    async fn register(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Who registers.")] input: RegisterInput,
    ) -> Result<RegisterPayload> {
        let registration = match input.validate() {
            Ok(registration) => registration,
            Err(errors) => {
                return Ok(RegisterPayload {
                    errors,
                    ..RegisterPayload::default()
                });
            }
        };
        let app = context.data::<Arc<App>>()?;
        let new = NewUser {
            email: registration.email,
            name: registration.name,
            role: Role::Customer,
            password_hash: app
                .passwords
                .hash(registration.password)
                .await
                .map_err(refused_for_now)?,
        };
        let mut connection = app.pool.get().await?;
        let registered = connection
            .transaction::<_, ChangeError, _>(async |connection| {
                let Some(user) = new.register(connection).await? else {
                    return Ok(None);
                };
                let expires_at = Utc::now() + app.refresh_token_lifetime;
                let session = start_session(connection, user.id, expires_at).await?;
                Ok(Some((user, session)))
            })
            .await?;
        let Some((user, session)) = registered else {
            let message = "somebody registered with this e-mail address already";
            return Ok(RegisterPayload {
                session: None,
                errors: vec![UserError::at(ErrorCode::EmailTaken, &["email"], message)],
            });
        };
        app.outbox.written();
        Ok(RegisterPayload {
            session: Some(SessionObject::new(app, user, &session)?),
            errors: Vec::new(),
        })
    }
}
