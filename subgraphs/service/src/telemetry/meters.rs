//! Describes what every service measures.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

use crate::{events, graphql};

/// To be called once the recorder is there.
pub(super) fn describe() {
    describe_histogram!(
        "http_request_duration_seconds",
        Unit::Seconds,
        "From a request's arrival to its answer, by service and status"
    );
    describe_counter!("db_queries_total", "Statements sent to the database, by service");
    describe_gauge!(
        "db_pool_connections_max",
        "Connections that the pool may open, by service"
    );
    describe_gauge!("db_pool_connections", "Connections that are open, by service");
    describe_gauge!(
        "db_pool_connections_idle",
        "Open connections that nobody uses, by service"
    );
    describe_gauge!(
        "db_pool_waiting",
        "Who waits for a connection of the pool, by service"
    );
    describe_histogram!(
        "db_pool_wait_seconds",
        Unit::Seconds,
        "From asking the pool for a connection to having it, by service"
    );
    describe_counter!(
        "db_pool_timeouts_total",
        "Times that no connection was to be had in time, by service"
    );
    graphql::operation::describe();
    events::meters::describe();
}
