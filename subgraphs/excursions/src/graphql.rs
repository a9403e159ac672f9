//! What clients see: the subgraph's schema, a file a type and a file a mutation.
//!
//! The commands `quote`, `reserve`, `release`, `closeDeparture` and `finishCancellation` are no part of the public API:
//! `@inaccessible`, and for services only.

mod close_departure;
mod command;
mod create_excursion;
mod departure;
mod excursion;
mod filter;
mod finish_cancellation;
mod input;
mod loader;
mod query;
mod quote;
mod release;
mod reserve;
mod schedule_departure;
mod update_departure;
mod update_excursion;

use async_graphql::{Context, EmptySubscription, MergedObject, Result, Schema, SchemaBuilder};
use service::database::{Connection, Pool};
use service::events::OutboxHint;
use service::graphql::Limits;

use departure::DepartureConnection;
use excursion::ExcursionConnection;
use query::Query;

/// The subgraph.
pub type ExcursionsSchema = Schema<Query, Mutation, EmptySubscription>;

/// What can be done.
#[derive(MergedObject, Default)]
#[graphql(name = "Mutation")]
pub struct Mutation(
    create_excursion::CreateExcursionMutation,
    update_excursion::UpdateExcursionMutation,
    schedule_departure::ScheduleDepartureMutation,
    update_departure::UpdateDepartureMutation,
    quote::QuoteMutation,
    reserve::ReserveMutation,
    release::ReleaseMutation,
    close_departure::CloseDepartureMutation,
    finish_cancellation::FinishCancellationMutation,
);

/// The schema on its database. Must be called on a Tokio runtime.
#[must_use]
pub fn schema(pool: Pool, outbox: OutboxHint, limits: Limits) -> ExcursionsSchema {
    let catalogue = loader::catalogue(pool.clone());
    builder()
        .extension(limits)
        .data(catalogue)
        .data(pool)
        .data(outbox)
        .finish()
}

pub(crate) fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query, Mutation::default(), EmptySubscription)
        .enable_federation()
        .override_output_type_description::<DepartureConnection>("A page of departures.")
        .override_output_type_description::<ExcursionConnection>("A page of excursions.")
}

async fn connection(context: &Context<'_>) -> Result<Connection> {
    Ok(context.data::<Pool>()?.get().await?)
}

/// Tells the relay that events were committed.
fn published(context: &Context<'_>) -> Result<()> {
    context.data::<OutboxHint>()?.written();
    Ok(())
}
