//! Gives each top-level error its code, and hides what broke inside.
//!
//! Invariant: no text of an internal error reaches a client; it is logged once, under an id that the client is told.

use async_graphql::{ErrorExtensionValues, ServerError};
use uuid::Uuid;

use super::ClientError;

/// Replaces an error by what a client may see of it.
#[must_use]
pub fn mask(mut error: ServerError) -> ServerError {
    if let Some(client) = error.source::<ClientError>() {
        let code = client.code();
        error.extensions.get_or_insert_default().set("code", code);
        return error;
    }
    if error.source.is_none() {
        // The library's own: the document did not parse or validate, or an argument did not.
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set("code", "BAD_USER_INPUT");
        }
        return error;
    }
    let log_id = Uuid::now_v7();
    tracing::error!(%log_id, path = ?error.path, error = %error.message, "a resolver failed");
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", "INTERNAL_SERVER_ERROR");
    extensions.set("logId", log_id.to_string());
    error.message = format!("something broke on our side; it is logged as {log_id}");
    error.source = None;
    error.extensions = Some(extensions);
    error
}
