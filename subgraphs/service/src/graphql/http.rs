//! GraphQL over HTTP (draft of 2025): what a request and a response look like there.
//!
//! Invariant: a request that did not get to its resolvers is a client's error by its status too, where the media type
//! allows it.

use async_graphql::{Response, ServerError};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::IntoResponse;

use super::operation::is_refused;

const GRAPHQL_RESPONSE: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

/// What a response is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: the status tells of refusals.
    GraphqlResponse,
    /// `application/json`: the status is 200 for all that is a GraphQL response.
    Json,
}

impl MediaType {
    /// The media type to answer with: the one named first of the two that we have; JSON where anything goes.
    #[must_use]
    pub fn accepted(headers: &HeaderMap) -> Option<Self> {
        let Some(accept) = headers.get(ACCEPT).and_then(|value| value.to_str().ok()) else {
            return Some(Self::Json);
        };
        accept
            .split(',')
            .find_map(|range| match essence(range).to_ascii_lowercase().as_str() {
                GRAPHQL_RESPONSE => Some(Self::GraphqlResponse),
                JSON | "*/*" | "application/*" => Some(Self::Json),
                _ => None,
            })
    }

    /// Writes what came of a request.
    #[must_use]
    pub fn respond(self, response: &Response) -> axum::response::Response {
        if is_refused(response) && self == Self::GraphqlResponse {
            return self.refuse(response);
        }
        self.write(StatusCode::OK, serde_json::to_vec(response))
    }

    /// Refuses what is no GraphQL request, or one whose answer may have a status.
    #[must_use]
    pub fn refuse(self, refusal: &Response) -> axum::response::Response {
        let errors = serde_json::json!({ "errors": refusal.errors });
        self.write(StatusCode::BAD_REQUEST, serde_json::to_vec(&errors))
    }

    fn write(self, status: StatusCode, body: serde_json::Result<Vec<u8>>) -> axum::response::Response {
        let content_type = HeaderValue::from_static(match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        });
        match body {
            Ok(body) => (status, [(CONTENT_TYPE, content_type)], body).into_response(),
            Err(error) => {
                tracing::error!(%error, "a response cannot be written as JSON");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }
}

/// Whether a body says that it is JSON.
#[must_use]
pub fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| essence(value).eq_ignore_ascii_case(JSON))
}

/// A media type without its parameters.
fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

/// What to tell whoever sent something else than a GraphQL request.
#[must_use]
pub fn not_a_request(reason: &impl std::fmt::Display) -> Response {
    let mut refused = ServerError::new(format!("not a GraphQL request: {reason}"), None);
    refused
        .extensions
        .get_or_insert_default()
        .set("code", "BAD_USER_INPUT");
    Response::from_errors(vec![refused])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accept(text: &'static str) -> Option<MediaType> {
        MediaType::accepted(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(text))]))
    }

    #[test]
    fn media_type_is_the_first_that_we_have() {
        assert_eq!(MediaType::accepted(&HeaderMap::new()), Some(MediaType::Json));
        assert_eq!(accept("*/*"), Some(MediaType::Json));
        assert_eq!(
            accept("application/graphql-response+json, application/json;q=0.9"),
            Some(MediaType::GraphqlResponse)
        );
        assert_eq!(accept("text/html, application/json"), Some(MediaType::Json));
        assert_eq!(accept("text/html"), None);
    }

    #[test]
    fn content_type_is_json_with_any_parameters() {
        let content = |text| {
            is_json(&HeaderMap::from_iter([(
                CONTENT_TYPE,
                HeaderValue::from_static(text),
            )]))
        };
        assert!(content("application/json; charset=utf-8"));
        assert!(!content("text/plain"));
        assert!(!is_json(&HeaderMap::new()));
    }
}
