//! Who answers a request to `/graphql`: told by its `Accept` header and, where that leaves it open, by its operation.
//!
//! Invariants: only a client that names `text/event-stream` gets one, since `*/*` is what every client says; and one
//! that takes a response as well gets a stream for a subscription only, since nothing else can answer that.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, UPGRADE};

/// Whether a WebSocket is asked for. There are other upgrades: some clients offer HTTP/2 so.
pub(super) fn is_websocket(headers: &HeaderMap) -> bool {
    headers
        .get(UPGRADE)
        .is_some_and(|protocol| protocol.as_bytes().eq_ignore_ascii_case(b"websocket"))
}

/// What a client takes for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accepted {
    Response,
    Events,
    Either,
}

/// What the client of a request takes.
pub(super) fn accepted(headers: &HeaderMap) -> Accepted {
    let ranges = headers
        .get_all(ACCEPT)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(acceptable);
    let (events, others): (Vec<_>, Vec<_>) =
        ranges.partition(|media_type| media_type.eq_ignore_ascii_case("text/event-stream"));
    match (events.is_empty(), others.is_empty()) {
        (true, _) => Accepted::Response,
        (false, true) => Accepted::Events,
        (false, false) => Accepted::Either,
    }
}

/// The media type of a range, unless it is one that the client refuses.
fn acceptable(range: &str) -> Option<&str> {
    let mut parts = range.split(';').map(str::trim);
    let media_type = parts.next().filter(|media_type| !media_type.is_empty())?;
    let refused = parts
        .filter_map(|parameter| parameter.split_once('='))
        .any(|(name, value)| {
            name.eq_ignore_ascii_case("q") && value.parse::<f32>().is_ok_and(|quality| quality <= 0.0)
        });
    (!refused).then_some(media_type)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(accept: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))])
    }

    #[test]
    fn event_stream_must_be_named_and_not_be_refused() {
        for (accept, expected) in [
            ("text/event-stream", Accepted::Events),
            ("TEXT/Event-Stream; charset=utf-8", Accepted::Events),
            ("application/json;q=0, text/event-stream", Accepted::Events),
            ("*/*", Accepted::Response),
            ("text/*", Accepted::Response),
            ("application/json", Accepted::Response),
            ("text/event-stream;q=0", Accepted::Response),
            ("application/json, text/event-stream; q=0.0", Accepted::Response),
            ("application/json, text/event-stream;q=0.1", Accepted::Either),
            (
                "application/graphql-response+json, application/json, text/event-stream, multipart/mixed",
                Accepted::Either,
            ),
            ("text/event-stream, */*", Accepted::Either),
            ("", Accepted::Response),
        ] {
            assert_eq!(accepted(&headers(accept)), expected, "{accept}");
        }
        assert_eq!(accepted(&HeaderMap::new()), Accepted::Response);
    }

    #[test]
    fn ranges_may_come_in_several_headers() {
        let mut several = headers("application/json");
        several.append(ACCEPT, HeaderValue::from_static("text/event-stream"));
        assert_eq!(accepted(&several), Accepted::Either);
    }

    #[test]
    fn websocket_is_one_upgrade_among_others() {
        let upgrade = |value| HeaderMap::from_iter([(UPGRADE, HeaderValue::from_static(value))]);
        assert!(is_websocket(&upgrade("WebSocket")));
        assert!(!is_websocket(&upgrade("h2c")));
        assert!(!is_websocket(&HeaderMap::new()));
    }
}
