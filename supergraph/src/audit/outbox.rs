//! Invariant 7, as far as databases show it: every event has been published.

use diesel::sql_types::BigInt;
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::ServiceName;
use service::audit::Violation;

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = BigInt)]
    events: i64,
}

/// Events that are still in the outbox.
pub(super) async fn audit(
    service: ServiceName,
    connection: &mut AsyncPgConnection,
) -> QueryResult<Option<Violation>> {
    let waiting: Waiting = sql_query("SELECT count(*) AS events FROM outbox")
        .get_result(connection)
        .await?;
    let message = || format!("{} events of {service} are not published", waiting.events);
    Ok((waiting.events > 0).then(|| Violation::new(7, message())))
}
