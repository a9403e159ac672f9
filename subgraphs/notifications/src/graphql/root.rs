//! The schema and its roots.

use async_graphql::{ID, Object, SDLExportOptions, Schema, SchemaBuilder};
use service::database::Pool;
use service::graphql::Limits;

use super::loader::Mailroom;
use super::single_root_field::SingleRootField;
use super::user::NotificationConnection;
use super::{Subscription, User};
use crate::feed::Feed;

/// The schema of this subgraph.
pub type NotificationsSchema = Schema<Query, Mutation, Subscription>;

/// The query root: the entities that this subgraph adds to.
pub struct Query;

/// What can be asked.
#[Object(name = "Query")]
impl Query {
    #[graphql(entity)]
    async fn find_user_by_id(&self, id: ID) -> Option<User> {
        Some(User { id })
    }
}

/// The mutation root; each mutation stands in a file of its own.
pub struct Mutation;

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    Schema::build(Query, Mutation, Subscription)
        .enable_subscription_in_federation()
        .extension(SingleRootField)
        .override_output_type_description::<NotificationConnection>("A page of notifications.")
}

/// The schema over its data. To be called on a runtime.
#[must_use]
pub fn schema(pool: Pool, feed: Feed, limits: Limits) -> NotificationsSchema {
    builder()
        .extension(limits)
        .data(Mailroom::loader(pool.clone()))
        .data(pool)
        .data(feed)
        .finish()
}

/// The schema in the language of federation.
#[must_use]
pub fn sdl() -> String {
    let options = SDLExportOptions::new()
        .federation()
        .sorted_fields()
        .sorted_arguments()
        .sorted_enum_items();
    builder().finish().sdl_with_options(options)
}
