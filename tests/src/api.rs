//! GraphQL over HTTP: one document in, its one field out.
//!
//! Every document names what it asks for `result`, so that an answer is read the same way whatever it answers.

mod answer;
mod document;

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub use answer::{Answer, TopLevelError};
pub use document::Document;

use crate::model::UserError;

/// More than the router's own time-out: it is the router that gives up first, and says so.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Why the API did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No answer, or not a GraphQL one.
    #[error("{url} does not answer")]
    Send {
        /// Where it was sent.
        url: String,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
    /// The answer is not what the document asked for.
    #[error("{operation} answered something else than was asked for: {answer}")]
    Answer {
        /// What was asked.
        operation: String,
        /// What came.
        answer: String,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// Top-level errors.
    #[error("{operation} failed: {}", join(errors))]
    Failed {
        /// What was asked.
        operation: String,
        /// What was said.
        errors: Vec<TopLevelError>,
    },
    /// The mutation's own errors.
    #[error("{operation} was refused: {}", join(errors))]
    Refused {
        /// What was asked.
        operation: String,
        /// What was said.
        errors: Vec<UserError>,
    },
}

impl ApiError {
    /// The code of the first thing that was said, where the API refused.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Failed { errors, .. } => errors.first().map(TopLevelError::code),
            Self::Refused { errors, .. } => errors.first().map(|error| error.code.as_str()),
            Self::Send { .. } | Self::Answer { .. } => None,
        }
    }
}

fn join<T: ToString>(errors: &[T]) -> String {
    errors
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join("; ")
}

/// A GraphQL endpoint, and in whose name it is asked.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    url: String,
    authorization: Option<String>,
}

impl Api {
    /// An endpoint, asked in nobody's name.
    ///
    /// # Errors
    /// [`ApiError::Send`] where no client can be made.
    pub fn new(url: impl Into<String>) -> Result<Self, ApiError> {
        let url = url.into();
        match reqwest::Client::builder().timeout(TIMEOUT).no_proxy().build() {
            Ok(http) => Ok(Self {
                http,
                url,
                authorization: None,
            }),
            Err(source) => Err(ApiError::Send { url, source }),
        }
    }

    /// The same endpoint in the name of a token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        self.with_authorization(format!("Bearer {token}"))
    }

    /// The same endpoint with any `Authorization` header.
    #[must_use]
    pub fn with_authorization(&self, header: impl Into<String>) -> Self {
        Self {
            authorization: Some(header.into()),
            ..self.clone()
        }
    }

    /// Sends a document and takes whatever comes.
    ///
    /// # Errors
    /// [`ApiError::Send`], [`ApiError::Answer`].
    pub async fn attempt<T: DeserializeOwned>(
        &self,
        document: &Document,
        variables: Value,
    ) -> Result<Answer<T>, ApiError> {
        self.attempt_with(document, variables, HeaderMap::new()).await
    }

    /// As [`Api::attempt`], with further headers.
    ///
    /// # Errors
    /// As [`Api::attempt`].
    pub async fn attempt_with<T: DeserializeOwned>(
        &self,
        document: &Document,
        variables: Value,
        headers: HeaderMap,
    ) -> Result<Answer<T>, ApiError> {
        let text = self.post(&document.text(), variables, headers).await?;
        serde_json::from_str(&text).map_err(|source| ApiError::Answer {
            operation: document.name().to_owned(),
            answer: text,
            source,
        })
    }

    /// Sends any text as a document, and takes the whole answer as it comes.
    ///
    /// # Errors
    /// [`ApiError::Send`], [`ApiError::Answer`].
    pub async fn send(&self, query: &str, variables: Value) -> Result<Value, ApiError> {
        let text = self.post(query, variables, HeaderMap::new()).await?;
        serde_json::from_str(&text).map_err(|source| ApiError::Answer {
            operation: query.chars().take(80).collect(),
            answer: text,
            source,
        })
    }

    async fn post(&self, query: &str, variables: Value, headers: HeaderMap) -> Result<String, ApiError> {
        let mut request = self
            .http
            .post(&self.url)
            .headers(headers)
            .header(CONTENT_TYPE, "application/json")
            .json(&json!({ "query": query, "variables": variables }));
        if let Some(authorization) = &self.authorization {
            request = request.header("authorization", authorization);
        }
        let answered = async { request.send().await?.text().await };
        answered.await.map_err(|source| ApiError::Send {
            url: self.url.clone(),
            source,
        })
    }

    /// Sends a document that is to succeed.
    ///
    /// # Errors
    /// [`ApiError`].
    pub async fn ask<T: DeserializeOwned>(
        &self,
        document: &Document,
        variables: Value,
    ) -> Result<T, ApiError> {
        let answer: Answer<Value> = self.attempt(document, variables).await?;
        let operation = || document.name().to_owned();
        if !answer.errors.is_empty() {
            return Err(ApiError::Failed {
                operation: operation(),
                errors: answer.errors,
            });
        }
        let result = answer.result().unwrap_or_default();
        T::deserialize(&result).map_err(|source| ApiError::Answer {
            operation: operation(),
            answer: result.to_string(),
            source,
        })
    }
}
