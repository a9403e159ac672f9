//! Visitors: nobody yet.

use serde_json::json;

use super::Payload;
use crate::api::{Api, ApiError, Document};
use crate::model::{ERRORS, SESSION, Session, User};

const REGISTER: Document = Document::new(
    "register",
    &[
        "mutation ($input: RegisterInput!) { result: register(input: $input) {
            thing: session { ...session } errors { ...error } } }",
        SESSION,
        ERRORS,
    ],
);
const LOG_IN: Document = Document::new(
    "logIn",
    &[
        "mutation ($input: LogInInput!) { result: logIn(input: $input) {
            thing: session { ...session } errors { ...error } } }",
        SESSION,
        ERRORS,
    ],
);

/// Whoever comes to the public origin.
#[derive(Clone)]
pub struct Visitor {
    /// The API in nobody's name.
    pub api: Api,
}

impl Visitor {
    /// Registers, which logs in too.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn register(&self, name: &str, email: &str, password: &str) -> Result<Someone, ApiError> {
        let input = json!({ "name": name, "email": email, "password": password });
        self.session(&REGISTER, input, password).await
    }

    /// Logs in.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn log_in(&self, email: &str, password: &str) -> Result<Someone, ApiError> {
        let input = json!({ "email": email, "password": password });
        self.session(&LOG_IN, input, password).await
    }

    async fn session(
        &self,
        document: &Document,
        input: serde_json::Value,
        password: &str,
    ) -> Result<Someone, ApiError> {
        let payload: Payload<Session> = self.api.ask(document, json!({ "input": input })).await?;
        let (session, _) = payload.done(document.name())?;
        Ok(Someone {
            api: self.api.with_token(&session.access_token),
            user: session.user.clone(),
            session,
            password: password.to_owned(),
        })
    }
}

/// Somebody who is logged in.
#[derive(Clone)]
pub struct Someone {
    /// The API in the user's name.
    pub api: Api,
    /// Who.
    pub user: User,
    /// The log-in.
    pub session: Session,
    /// For the next log-in.
    pub password: String,
}
