//! The undoing of a departure: one a departure, with its totals.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Uuid as SqlUuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::id::{DepartureId, UserId};
use service::money::{Currency, Money};
use uuid::Uuid;

use super::CancellationStatus;
use crate::schema::cancellations;

service::typed_id! {
    /// The undoing of a departure.
    CancellationId
}

/// The undoing of a departure.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = cancellations, check_for_backend(diesel::pg::Pg))]
pub struct Cancellation {
    /// Its id, and its saga's.
    pub id: CancellationId,
    /// The departure.
    pub departure_id: DepartureId,
    /// Why.
    pub reason: String,
    /// How it is getting on.
    pub status: CancellationStatus,
    /// Orders that it has to undo, as far as they are known.
    pub orders_total: i32,
    /// Those of them that are undone.
    pub orders_cancelled: i32,
    /// When it was asked for.
    pub started_at: DateTime<Utc>,
    /// When the last order was undone.
    pub finished_at: Option<DateTime<Utc>>,
}

/// The undoing of a departure about to be asked for.
#[derive(Clone, Debug, Insertable)]
#[diesel(table_name = cancellations)]
pub struct NewCancellation {
    /// Its id.
    pub id: CancellationId,
    /// The departure.
    pub departure_id: DepartureId,
    /// The operator who asks.
    pub requested_by: UserId,
    /// The operator's key for this request.
    pub idempotency_key: Uuid,
    /// Why.
    pub reason: String,
}

/// What came of asking.
#[derive(Debug)]
pub enum CancellationOutcome {
    /// It is new; its saga is to be started in the same transaction.
    Begun,
    /// The departure is being cancelled, or is cancelled, by this one.
    Replayed(CancellationId),
    /// The key was used for another request.
    KeyReused,
}

impl NewCancellation {
    /// Whether the operator's key was used already, or the departure has a cancellation.
    ///
    /// # Errors
    /// The database's.
    pub async fn was_asked_for(&self, mut connection: &AsyncPgConnection) -> QueryResult<bool> {
        let of_this_key = cancellations::requested_by
            .eq(self.requested_by)
            .and(cancellations::idempotency_key.eq(self.idempotency_key));
        let of_this_departure = cancellations::departure_id.eq(self.departure_id);
        let asked_for = cancellations::table.filter(of_this_key.or(of_this_departure));
        diesel::select(diesel::dsl::exists(asked_for))
            .get_result(&mut connection)
            .await
    }

    /// Writes it, unless the departure has one already: then that one counts, whoever asks.
    ///
    /// # Errors
    /// The database's.
    pub async fn begin(&self, mut connection: &AsyncPgConnection) -> QueryResult<CancellationOutcome> {
        let inserted = diesel::insert_into(cancellations::table)
            .values(self)
            .on_conflict_do_nothing()
            .execute(&mut connection)
            .await?;
        if inserted == 1 {
            return Ok(CancellationOutcome::Begun);
        }
        let of_this_key = cancellations::table
            .filter(cancellations::requested_by.eq(self.requested_by))
            .filter(cancellations::idempotency_key.eq(self.idempotency_key))
            .select((
                cancellations::id,
                cancellations::departure_id,
                cancellations::reason,
            ))
            .first::<(CancellationId, DepartureId, String)>(&mut connection)
            .await
            .optional()?;
        if let Some((id, departure_id, reason)) = of_this_key {
            let same = departure_id == self.departure_id && reason == self.reason;
            let replayed = CancellationOutcome::Replayed(id);
            return Ok(if same {
                replayed
            } else {
                CancellationOutcome::KeyReused
            });
        }
        let first = cancellations::table
            .filter(cancellations::departure_id.eq(self.departure_id))
            .select(cancellations::id)
            .first(&mut connection)
            .await?;
        Ok(CancellationOutcome::Replayed(first))
    }
}

#[derive(QueryableByName)]
struct Refunded {
    #[diesel(sql_type = Text)]
    currency: Currency,
    #[diesel(sql_type = BigInt)]
    minor: i64,
}

impl Cancellation {
    /// Cancellations by their ids, in no particular order.
    ///
    /// # Errors
    /// The database's.
    pub async fn find_all(
        mut connection: &AsyncPgConnection,
        ids: &[CancellationId],
    ) -> QueryResult<Vec<Self>> {
        cancellations::table
            .filter(cancellations::id.eq_any(ids))
            .select(Self::as_select())
            .load(&mut connection)
            .await
    }

    /// A cancellation by its id.
    ///
    /// # Errors
    /// The database's.
    pub async fn find(connection: &AsyncPgConnection, id: CancellationId) -> QueryResult<Option<Self>> {
        Ok(Self::find_all(connection, &[id]).await?.pop())
    }

    /// What customers got back by a cancellation so far, an amount per currency.
    ///
    /// # Errors
    /// The database's.
    pub async fn refunded(mut connection: &AsyncPgConnection, id: CancellationId) -> QueryResult<Vec<Money>> {
        let rows: Vec<Refunded> = diesel::sql_query(
            "SELECT currency, sum(refunded_minor)::bigint AS minor FROM orders
             WHERE cancellation_id = $1 AND refunded_minor IS NOT NULL
             GROUP BY currency ORDER BY currency",
        )
        .bind::<SqlUuid, _>(id)
        .load(&mut connection)
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Money {
                minor: row.minor,
                currency: row.currency,
            })
            .collect())
    }
}
