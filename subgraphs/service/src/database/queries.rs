//! What is asked of a database: counted, so that it shows where a page of things costs a query a thing, and seen in the
//! trace that it is asked in.

use diesel::connection::InstrumentationEvent;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use metrics::Counter;

use super::spans::{Server, Spans};

/// Watches the connections of a pool.
#[derive(Clone)]
pub(super) struct Queries {
    /// `db_queries_total` of a service.
    counter: Counter,
    server: Server,
}

impl Queries {
    pub(super) fn of(service: &str, url: &str) -> Self {
        Self {
            counter: metrics::counter!("db_queries_total", "service" => service.to_owned()),
            server: Server::of(url),
        }
    }

    /// Watches what a connection asks from now on.
    pub(super) fn watch(&self, connection: &mut AsyncPgConnection) {
        let counter = self.counter.clone();
        let mut spans = Spans::of(self.server.clone());
        connection.set_instrumentation(move |event: InstrumentationEvent<'_>| match event {
            InstrumentationEvent::StartQuery { .. } => {
                counter.increment(1);
                spans.began();
            }
            InstrumentationEvent::FinishQuery { query, error, .. } => spans.ended(query, error),
            _ => {}
        });
    }
}
