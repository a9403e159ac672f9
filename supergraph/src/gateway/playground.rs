//! The playground: a page and its assets, from the folder that the build of `supergraph/playground` made.
//!
//! Browsers hold the page to this origin: it loads nothing from elsewhere and talks to nobody else.

use std::path::Path;

use axum::Router;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// The editor writes style elements and draws with fonts and pictures that its style sheet holds as `data:`.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src 'self'; \
    style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; \
    base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The page on `/` and its assets below `/assets`.
pub(super) fn routes(folder: &Path) -> Router {
    if !folder.join("index.html").is_file() {
        tracing::warn!(folder = %folder.display(), "there is no playground: the folder has no index.html");
    }
    // An asset has its content's hash in its name, so it never changes; the page names the assets, so it is always
    // asked for anew.
    let assets = Router::new()
        .fallback_service(ServeDir::new(folder.join("assets")))
        .layer(SetResponseHeaderLayer::overriding(
            CACHE_CONTROL,
            for_ever_if_found,
        ));
    let page = Router::new()
        .fallback_service(ServeDir::new(folder))
        .layer(always(CACHE_CONTROL, "no-store"));
    Router::new()
        .nest_service("/assets", assets)
        .fallback_service(page)
        .layer(always(CONTENT_SECURITY_POLICY, CONTENT_POLICY))
        .layer(always(X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(always(REFERRER_POLICY, "no-referrer"))
}

fn always(name: HeaderName, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
}

fn for_ever_if_found(response: &Response) -> Option<HeaderValue> {
    let found = response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED;
    let value = if found {
        "public, max-age=31536000, immutable"
    } else {
        "no-store"
    };
    Some(HeaderValue::from_static(value))
}

#[cfg(test)]
mod tests;
