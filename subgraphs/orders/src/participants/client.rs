//! The GraphQL client for participants' commands.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use service::ServiceName;
use service::application::Foundation;
use service::auth::{Signer, SignerError};
use service::telemetry;

use super::token::ServiceToken;

const TIMEOUT: Duration = Duration::from_secs(8);

/// Why a call has no outcomes. What it did is not known.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// No token could be signed.
    #[error("no service token")]
    Token(#[from] SignerError),
    /// No answer, or not a GraphQL one.
    #[error("the participant does not answer")]
    Http(#[from] reqwest::Error),
    /// The participant failed.
    #[error("the participant failed: {0}")]
    Failed(String),
    /// The answer lacks the command's outcomes.
    #[error("the participant's answer has no outcomes")]
    NoOutcomes,
}

/// The services that take part in our sagas.
pub struct Participants {
    http: reqwest::Client,
    token: ServiceToken,
    billing: String,
    excursions: String,
}

#[derive(Serialize)]
struct Request<'a, C> {
    query: &'a str,
    variables: Variables<'a, C>,
}

#[derive(Serialize)]
struct Variables<'a, C> {
    commands: &'a [C],
}

#[derive(Deserialize)]
struct Response<O> {
    data: Option<Data<O>>,
    #[serde(default)]
    errors: Vec<Error>,
}

#[derive(Deserialize)]
struct Data<O> {
    outcomes: Vec<O>,
}

#[derive(Deserialize)]
struct Error {
    message: String,
}

impl Participants {
    /// The participants, called in the name of a signer's key.
    #[must_use]
    pub fn new(foundation: &Foundation, signer: Signer) -> Self {
        let url = |service| foundation.settings.graphql_url_of(service);
        Self {
            http: foundation.http.clone(),
            token: ServiceToken::new(signer),
            billing: url(ServiceName::Billing),
            excursions: url(ServiceName::Excursions),
        }
    }

    pub(super) async fn billing<C: Serialize + Sync, O: DeserializeOwned>(
        &self,
        query: &str,
        commands: &[C],
    ) -> Result<Vec<O>, CallError> {
        self.call(&self.billing, query, commands).await
    }

    pub(super) async fn excursions<C: Serialize + Sync, O: DeserializeOwned>(
        &self,
        query: &str,
        commands: &[C],
    ) -> Result<Vec<O>, CallError> {
        self.call(&self.excursions, query, commands).await
    }

    /// Sends a batch. `query` aliases the command's field as `outcomes`.
    async fn call<C: Serialize, O: DeserializeOwned>(
        &self,
        url: &str,
        query: &str,
        commands: &[C],
    ) -> Result<Vec<O>, CallError> {
        let request = self
            .http
            .post(url)
            .timeout(TIMEOUT)
            .bearer_auth(self.token.get()?)
            .json(&Request {
                query,
                variables: Variables { commands },
            });
        let response = telemetry::send(&self.http, request).await?;
        let response: Response<O> = response.error_for_status()?.json().await?;
        if let Some(error) = response.errors.into_iter().next() {
            return Err(CallError::Failed(error.message));
        }
        response
            .data
            .map(|data| data.outcomes)
            .ok_or(CallError::NoOutcomes)
    }
}
