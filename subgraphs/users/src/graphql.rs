//! What a client sees of this service.

mod change_role;
mod log_in;
mod log_out;
mod query;
mod refresh_session;
mod register;
mod session;
mod user;

use std::sync::Arc;
use std::time::Duration;

use async_graphql::dataloader::DataLoader;
use async_graphql::runtime::TokioTimer;
use async_graphql::{EmptySubscription, MergedObject, SDLExportOptions, Schema, SchemaBuilder};

use service::graphql::{Limits, LoaderTasks};

use crate::application::App;
use change_role::ChangeRole;
use log_in::LogIn;
use log_out::LogOut;
use query::Query;
use refresh_session::RefreshSession;
use register::Register;
use user::UserLoader;

/// Changes to users and sessions.
#[derive(MergedObject, Default)]
#[graphql(name = "Mutation")]
pub struct Mutation(Register, LogIn, RefreshSession, LogOut, ChangeRole);

/// The subgraph.
pub type UsersSchema = Schema<Query, Mutation, EmptySubscription>;

fn builder() -> SchemaBuilder<Query, Mutation, EmptySubscription> {
    Schema::build(Query, Mutation::default(), EmptySubscription)
}

/// The subgraph, able to answer. Call it within the runtime that will.
#[must_use]
pub fn schema(app: Arc<App>, limits: Limits) -> UsersSchema {
    let users = DataLoader::new(
        UserLoader(app.pool.clone()),
        LoaderTasks::current(),
        TokioTimer::default(),
    );
    // What one response asks for is asked for at once; there is nothing to wait for.
    builder()
        .extension(limits)
        .data(users.delay(Duration::ZERO))
        .data(app)
        .finish()
}

/// The subgraph's schema, for composition.
#[must_use]
pub fn sdl() -> String {
    builder().finish().sdl_with_options(
        SDLExportOptions::new()
            .federation()
            .sorted_fields()
            .sorted_arguments()
            .sorted_enum_items(),
    )
}
