//! The last step: the cancellation is COMPLETED.

use async_trait::async_trait;
use diesel::sql_types::{BigInt, Integer, Uuid as SqlUuid};
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use saga::{Command, LocalAction, Outcome};
use service::events::{self, NewEvent};

use super::DepartureToCancel;
use crate::events::CancellationProgressed;
use crate::model::CancellationStatus;
use crate::sagas::not_json;

/// Closes the books of a cancellation.
pub(super) struct Complete;

#[derive(QueryableByName)]
struct Completed {
    #[diesel(sql_type = Integer)]
    orders_total: i32,
    #[diesel(sql_type = Integer)]
    orders_cancelled: i32,
    #[diesel(sql_type = BigInt)]
    revision: i64,
}

#[async_trait]
impl LocalAction<DepartureToCancel> for Complete {
    async fn run(
        &self,
        connection: &mut AsyncPgConnection,
        batch: &[Command<DepartureToCancel>],
    ) -> QueryResult<Vec<Outcome<DepartureToCancel>>> {
        let mut outcomes = Vec::with_capacity(batch.len());
        for command in batch {
            let departure = &command.state;
            let completed: Completed = sql_query(
                "UPDATE cancellations SET status = 'COMPLETED', finished_at = now(), revision = revision + 1
                 WHERE id = $1 RETURNING orders_total, orders_cancelled, revision",
            )
            .bind::<SqlUuid, _>(departure.cancellation_id)
            .get_result(connection)
            .await?;
            let event = NewEvent::new(&CancellationProgressed {
                cancellation_id: departure.cancellation_id,
                departure_id: departure.departure_id,
                orders_total: completed.orders_total,
                orders_cancelled: completed.orders_cancelled,
                status: CancellationStatus::Completed,
                revision: completed.revision,
            });
            let event = event.map_err(not_json)?.in_trace(command.traceparent.clone());
            events::append(connection, &[event]).await?;
            outcomes.push(Outcome::Done(departure.clone()));
        }
        Ok(outcomes)
    }
}
