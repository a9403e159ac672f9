//! Where data loaders run their look-ups.

use async_graphql::runtime::TokioSpawner;
use futures::task::{FutureObj, Spawn, SpawnError};
use opentelemetry::context::FutureExt;

/// Runs look-ups as tasks, each in the trace of the request that asked for it first.
pub struct LoaderTasks(TokioSpawner);

impl LoaderTasks {
    /// On the present runtime.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    #[must_use]
    pub fn current() -> Self {
        Self(TokioSpawner::current())
    }
}

impl Spawn for LoaderTasks {
    fn spawn_obj(&self, task: FutureObj<'static, ()>) -> Result<(), SpawnError> {
        self.0.spawn_obj(Box::new(task.with_current_context()).into())
    }
}
