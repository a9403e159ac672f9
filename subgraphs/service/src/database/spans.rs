//! Spans of statements, by OpenTelemetry's semantic conventions for databases.
//!
//! Only what is asked in a trace has one: what a process asks by itself (looks of relays and workers, heartbeats) belongs
//! to no trace. Nor has a transaction's beginning, which waits for nothing; nor, in a trace that is not sampled, what
//! succeeds. Values are never told, and of a text its beginning.

use std::time::SystemTime;

use diesel::connection::DebugQuery;
use diesel::result::Error;
use opentelemetry::trace::{Span, SpanBuilder, SpanKind, Status, TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue, global};
use reqwest::Url;

/// In letters; the beginning of a longer statement tells which it is.
const LONGEST_TEXT: usize = 1_000;
const BEGIN: &str = "BEGIN";

/// Where a database is.
#[derive(Clone, Debug, Default)]
pub(super) struct Server(Vec<KeyValue>);

impl Server {
    /// The server of a URL, which may hold a password.
    pub(super) fn of(url: &str) -> Self {
        let Ok(url) = Url::parse(url) else {
            return Self::default();
        };
        let mut attributes = vec![
            KeyValue::new("db.system.name", "postgresql"),
            KeyValue::new("db.namespace", url.path().trim_start_matches('/').to_owned()),
        ];
        let address = url
            .host_str()
            .map(|host| KeyValue::new("server.address", host.to_owned()));
        attributes.extend(address);
        let port = i64::from(url.port().unwrap_or(5432));
        attributes.push(KeyValue::new("server.port", port));
        Self(attributes)
    }
}

/// The spans of a connection's statements.
pub(super) struct Spans {
    server: Server,
    /// When the statement under way began.
    began: Option<SystemTime>,
}

impl Spans {
    pub(super) fn of(server: Server) -> Self {
        Self { server, began: None }
    }

    pub(super) fn began(&mut self) {
        let recording = Context::current().span().is_recording();
        self.began = recording.then(SystemTime::now);
    }

    pub(super) fn ended(&mut self, query: &dyn DebugQuery, error: Option<&Error>) {
        let Some(began) = self.began.take() else {
            return;
        };
        let sampled = Context::current().span().span_context().is_sampled();
        if !sampled && error.is_none() {
            return;
        }
        let text = text(query);
        let summary = summary(&text);
        if summary == BEGIN {
            return;
        }
        let mut attributes = self.server.0.clone();
        attributes.push(KeyValue::new("db.query.summary", summary.clone()));
        attributes.push(KeyValue::new("db.query.text", text));
        let builder = SpanBuilder::from_name(summary)
            .with_kind(SpanKind::Client)
            .with_start_time(began)
            .with_attributes(attributes);
        let mut span = global::tracer("excursions").build(builder);
        if let Some(error) = error {
            span.set_attribute(KeyValue::new("error.type", kind(error)));
            span.set_status(Status::error(error.to_string()));
        }
        span.end();
    }
}

/// The beginning of a statement.
fn text(query: &dyn DebugQuery) -> String {
    let mut text = query.to_string();
    if let Some((end, _)) = text.char_indices().nth(LONGEST_TEXT) {
        text.truncate(end);
    }
    text
}

/// What a statement does, and to which table, in a few words: `INSERT outbox`. Of one that has several parts, the first
/// that writes counts.
fn summary(text: &str) -> String {
    let mut words = text
        .split(|letter: char| letter.is_whitespace() || matches!(letter, '(' | ')' | ',' | ';'))
        .filter(|word| !word.is_empty())
        .map(|word| word.trim_matches('"'));
    let first = words.next().unwrap_or_default();
    if !matches!(first, "WITH" | "SELECT" | "INSERT" | "UPDATE" | "DELETE") {
        return first.to_owned();
    }
    let words: Vec<&str> = std::iter::once(first).chain(words).collect();
    let after = |verb: &str, noun: &str| {
        let at = words.windows(2).position(|pair| pair == [verb, noun])?;
        words.get(at + 2)
    };
    // Of `FOR NO KEY UPDATE` no table follows.
    let updated = || {
        let at = words.iter().position(|word| *word == "UPDATE")?;
        let locks = at > 0 && matches!(words[at - 1], "KEY" | "FOR" | "DO");
        words.get(at + 1).filter(|_| !locks)
    };
    let selected = || {
        let at = words.iter().position(|word| *word == "FROM")?;
        words.get(at + 1)
    };
    let (verb, table) = if let Some(table) = after("INSERT", "INTO") {
        ("INSERT", Some(table))
    } else if let Some(table) = after("DELETE", "FROM") {
        ("DELETE", Some(table))
    } else if let Some(table) = updated() {
        ("UPDATE", Some(table))
    } else {
        ("SELECT", selected())
    };
    table.map_or_else(|| verb.to_owned(), |table| format!("{verb} {table}"))
}

/// The kind of an error, without what it says.
fn kind(error: &Error) -> String {
    match error {
        Error::DatabaseError(kind, _) => format!("{kind:?}"),
        Error::NotFound => "NotFound".to_owned(),
        Error::BrokenTransactionManager => "BrokenTransactionManager".to_owned(),
        _ => "_OTHER".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summary_says_what_is_done_to_which_table() {
        let of = [
            ("COMMIT", "COMMIT"),
            ("SELECT 1", "SELECT"),
            (
                r#"SELECT "orders"."id" FROM "orders" WHERE "orders"."id" = $1"#,
                "SELECT orders",
            ),
            (
                "INSERT INTO outbox (id) SELECT * FROM unnest($1)",
                "INSERT outbox",
            ),
            (
                "\nUPDATE orders o\nSET status = 'CONFIRMED' FROM unnest($1) AS c (id)",
                "UPDATE orders",
            ),
            (
                "SELECT id FROM departures WHERE id = $1 FOR NO KEY UPDATE",
                "SELECT departures",
            ),
            (
                "WITH held AS (SELECT id FROM accounts FOR UPDATE) INSERT INTO transfers SELECT * FROM held",
                "INSERT transfers",
            ),
            (
                "WITH new AS (SELECT * FROM unnest($1)) UPDATE sagas s SET owner = $2",
                "UPDATE sagas",
            ),
        ];
        for (text, expected) in of {
            assert_eq!(summary(text), expected, "{text}");
        }
    }

    #[test]
    fn server_is_told_without_its_password() {
        let Server(attributes) = Server::of("postgres://billing:secret@db.example:5433/billing");
        let told: Vec<String> = attributes
            .iter()
            .map(|attribute| format!("{}={}", attribute.key, attribute.value))
            .collect();
        assert_eq!(
            told,
            [
                "db.system.name=postgresql",
                "db.namespace=billing",
                "server.address=db.example",
                "server.port=5433"
            ]
        );
    }
}
