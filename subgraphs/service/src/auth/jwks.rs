//! Shows an issuer's public keys: `GET /.well-known/jwks.json`.

use axum::http::header::CACHE_CONTROL;
use axum::routing::get;
use axum::{Json, Router};

use super::Signer;

/// A new key is fetched as soon as a token names it, whatever a cache holds; this only bounds how long an old one stays.
const CACHE: &str = "public, max-age=300";

/// The route that shows a signer's public keys.
pub fn jwks_route(signer: &Signer) -> Router {
    let set = Json(signer.jwks());
    Router::new().route(
        "/.well-known/jwks.json",
        get(move || async move { ([(CACHE_CONTROL, CACHE)], set) }),
    )
}
