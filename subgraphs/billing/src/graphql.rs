//! What clients see: the subgraph's schema, a file a type and a file a mutation.
//!
//! The commands `charge` and `refund` are no part of the public API: `@inaccessible`, and for services only.

mod account;
mod charge;
mod deposit;
mod ledger_entry;
mod loader;
mod query;
mod refund;
mod user;

use async_graphql::{EmptySubscription, MergedObject, Schema, SchemaBuilder};
use service::database::Pool;
use service::graphql::Limits;

use crate::BillingSettings;
use account::LedgerEntryConnection;
use query::Query;

/// The subgraph.
pub type BillingSchema = Schema<Query, Mutation, EmptySubscription>;

/// What clients can change.
#[derive(MergedObject, Default)]
#[graphql(name = "Mutation")]
pub struct Mutation(
    deposit::DepositMutation,
    charge::ChargeMutation,
    refund::RefundMutation,
);

/// The schema on its database.
#[must_use]
pub fn schema(pool: Pool, settings: BillingSettings, limits: Limits) -> BillingSchema {
    let accounts = loader::accounts(pool.clone());
    builder()
        .extension(limits)
        .data(settings)
        .data(accounts)
        .data(pool)
        .finish()
}

pub(crate) fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query, Mutation::default(), EmptySubscription)
        .enable_federation()
        .override_output_type_description::<LedgerEntryConnection>("A page of an account's entries.")
}
