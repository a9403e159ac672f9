//! What a client sees of this service.

mod book_excursion;
mod cancel_departure;
mod cancel_order;
mod cancellation;
mod context;
pub mod loader;
mod operate_sagas;
mod order;
mod query;
mod saga;
mod stubs;
mod ticket;
mod timeline;

use async_graphql::dataloader::{DataLoader, NoCache};
use async_graphql::runtime::TokioTimer;
use async_graphql::{EmptySubscription, MergedObject, SDLExportOptions, Schema, SchemaBuilder};
use service::graphql::{Limits, LoaderTasks};

use self::loader::OrdersLoader;
use self::order::OrderConnection;
use self::saga::SagaConnection;
use crate::acceptance::Acceptance;
pub use context::Booking;
use query::Query;

/// The mutations of this service.
#[derive(MergedObject, Default)]
#[graphql(name = "Mutation")]
pub struct Mutation(
    book_excursion::BookExcursionMutation,
    cancel_order::CancelOrderMutation,
    cancel_departure::CancelDepartureMutation,
    operate_sagas::OperateSagasMutation,
);

/// The schema of this service.
pub type OrdersSchema = Schema<Query, Mutation, EmptySubscription>;

fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query, Mutation::default(), EmptySubscription)
        .override_output_type_description::<OrderConnection>("A page of orders.")
        .override_output_type_description::<SagaConnection>("A page of sagas.")
}

/// The schema over what it works with.
#[must_use]
pub fn build(booking: Booking, limits: Limits) -> OrdersSchema {
    let acceptance = Acceptance::new(
        booking.pool.clone(),
        booking.sagas.clone(),
        booking.outbox.clone(),
    );
    let loader = OrdersLoader {
        pool: booking.pool.clone(),
        journal: booking.sagas.journal().clone(),
    };
    let loader = DataLoader::with_cache(loader, LoaderTasks::current(), TokioTimer::default(), NoCache);
    builder()
        .extension(limits)
        .data(loader)
        .data(acceptance)
        .data(booking)
        .finish()
}

/// The subgraph's schema in Federation's language.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .federation()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items();
    builder().finish().sdl_with_options(options)
}
