//! `excursions outbox`: events that are written and not published yet.

use chrono::{DateTime, Utc};
use diesel::sql_types::{BigInt, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::ServiceName;
use service::config::Environment;
use uuid::Uuid;

use crate::databases::{ConnectError, connect};
use crate::{span, table};

/// Why outboxes cannot be shown.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutboxError {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A database cannot be read.
    #[error("the outbox of {service} cannot be read")]
    Read {
        service: ServiceName,
        #[source]
        source: diesel::result::Error,
    },
}

#[derive(QueryableByName)]
struct Waiting {
    #[diesel(sql_type = BigInt)]
    events: i64,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    oldest: Option<DateTime<Utc>>,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    position: i64,
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    event: String,
    #[diesel(sql_type = Text)]
    aggregateid: String,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
}

/// Prints what waits in each outbox: how many, since when, and the first of them.
pub(crate) async fn show(environment: &Environment, most: u16) -> Result<(), OutboxError> {
    let mut counts = Vec::new();
    let mut first = Vec::new();
    for service in ServiceName::ALL {
        let mut connection = connect(environment, service).await?;
        let (waiting, rows) = read(&mut connection, most)
            .await
            .map_err(|source| OutboxError::Read { service, source })?;
        let oldest = waiting.oldest.map_or_else(|| "-".to_owned(), span::since);
        counts.push([service.to_string(), waiting.events.to_string(), oldest]);
        first.extend(rows.into_iter().map(|row| {
            [
                service.to_string(),
                row.position.to_string(),
                row.event,
                row.aggregateid,
                row.id.to_string(),
                format!("{} ago", span::since(row.created_at)),
            ]
        }));
    }
    table::print(["SERVICE", "EVENTS", "OLDEST"], &counts);
    if !first.is_empty() {
        println!();
        table::print(
            ["SERVICE", "POSITION", "TYPE", "AGGREGATE", "EVENT", "WRITTEN"],
            &first,
        );
    }
    Ok(())
}

async fn read(connection: &mut AsyncPgConnection, most: u16) -> QueryResult<(Waiting, Vec<Row>)> {
    let waiting = sql_query("SELECT count(*) AS events, min(created_at) AS oldest FROM outbox")
        .get_result(connection)
        .await?;
    let rows = sql_query(
        "SELECT position, id, type AS event, aggregateid, created_at FROM outbox ORDER BY position LIMIT $1",
    )
    .bind::<BigInt, _>(i64::from(most))
    .load(connection)
    .await?;
    Ok((waiting, rows))
}
