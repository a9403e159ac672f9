//! Counts queries, so that it shows where a page of things costs a query a thing.

use diesel::connection::InstrumentationEvent;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use metrics::Counter;

/// `db_queries_total` of a service.
pub(super) fn counter(service: &str) -> Counter {
    metrics::counter!("db_queries_total", "service" => service.to_owned())
}

/// Counts what a connection asks from now on.
pub(super) fn count(connection: &mut AsyncPgConnection, queries: Counter) {
    connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            queries.increment(1);
        }
    });
}
