//! The one place where a definition's state type is forgotten: behind it a state is JSON, as the journal keeps it.

use std::marker::PhantomData;
use std::sync::Arc;

use async_trait::async_trait;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::action::{Action, Command, LocalAction, Outcome};

/// JSON, as the journal keeps it. Shared: commands, tries and commits of a saga hold the same one until a step makes another.
pub(crate) type ErasedState = Arc<str>;
pub(crate) type ErasedCommand = Command<ErasedState>;
pub(crate) type ErasedOutcome = Outcome<ErasedState>;

#[async_trait]
pub(crate) trait ErasedAction: Send + Sync {
    async fn run(&self, batch: Vec<ErasedCommand>) -> Vec<ErasedOutcome>;
}

/// The transaction that a local action runs in.
pub(crate) enum Transaction<'a> {
    Postgres(&'a mut AsyncPgConnection),
    #[cfg(feature = "testing")]
    Simulated(&'a mut crate::testing::simulation::LocalEffects),
}

impl Transaction<'_> {
    fn postgres(&mut self) -> Option<&mut AsyncPgConnection> {
        match self {
            Self::Postgres(connection) => Some(connection),
            #[cfg(feature = "testing")]
            Self::Simulated(_) => None,
        }
    }
}

#[async_trait]
pub(crate) trait ErasedLocalAction: Send + Sync {
    async fn run(
        &self,
        transaction: &mut Transaction<'_>,
        batch: Vec<ErasedCommand>,
    ) -> QueryResult<Vec<ErasedOutcome>>;
}

pub(crate) struct Typed<S, A>(A, PhantomData<fn(S)>);

impl<S, A> Typed<S, A> {
    pub(crate) fn new(action: A) -> Self {
        Self(action, PhantomData)
    }
}

pub(crate) struct TypedLocal<S, A>(A, PhantomData<fn(S)>);

impl<S, A> TypedLocal<S, A> {
    pub(crate) fn new(action: A) -> Self {
        Self(action, PhantomData)
    }
}

#[async_trait]
impl<S, A> ErasedAction for Typed<S, A>
where
    S: Serialize + DeserializeOwned + Send + Sync + 'static,
    A: Action<S>,
{
    async fn run(&self, batch: Vec<ErasedCommand>) -> Vec<ErasedOutcome> {
        let (typed, unreadable) = read_states(batch);
        let outcomes = if typed.is_empty() {
            Vec::new()
        } else {
            self.0.run(&typed).await
        };
        merge(typed.len(), outcomes, unreadable)
    }
}

#[async_trait]
impl<S, A> ErasedLocalAction for TypedLocal<S, A>
where
    S: Serialize + DeserializeOwned + Send + Sync + 'static,
    A: LocalAction<S>,
{
    async fn run(
        &self,
        transaction: &mut Transaction<'_>,
        batch: Vec<ErasedCommand>,
    ) -> QueryResult<Vec<ErasedOutcome>> {
        let Some(connection) = transaction.postgres() else {
            // The simulation runs its own definitions, whose local actions know its tables.
            return Err(diesel::result::Error::NotInTransaction);
        };
        let (typed, unreadable) = read_states(batch);
        let outcomes = if typed.is_empty() {
            Vec::new()
        } else {
            self.0.run(connection, &typed).await?
        };
        Ok(merge(typed.len(), outcomes, unreadable))
    }
}

/// The commands whose state reads as `S`; for the others, their place in the batch and what is wrong.
fn read_states<S: DeserializeOwned>(batch: Vec<ErasedCommand>) -> (Vec<Command<S>>, Vec<(usize, String)>) {
    let mut typed = Vec::with_capacity(batch.len());
    let mut unreadable = Vec::new();
    for (index, command) in batch.into_iter().enumerate() {
        match serde_json::from_str(&command.state) {
            Ok(state) => typed.push(Command {
                saga: command.saga,
                subject: command.subject,
                state,
                attempts: command.attempts,
                rejection: command.rejection,
                traceparent: command.traceparent,
            }),
            Err(error) => unreadable.push((index, format!("the saga's state cannot be read: {error}"))),
        }
    }
    (typed, unreadable)
}

fn merge<S: Serialize>(
    commands: usize,
    outcomes: Vec<Outcome<S>>,
    unreadable: Vec<(usize, String)>,
) -> Vec<ErasedOutcome> {
    let mut merged: Vec<ErasedOutcome> = if outcomes.len() == commands {
        outcomes.into_iter().map(write_state).collect()
    } else {
        let message = format!("{} outcomes came for {commands} commands", outcomes.len());
        vec![Outcome::Failed(message); commands]
    };
    for (index, message) in unreadable {
        merged.insert(index, Outcome::Failed(message));
    }
    merged
}

fn write_state<S: Serialize>(outcome: Outcome<S>) -> ErasedOutcome {
    outcome
        .try_map(|state| serde_json::to_string(&state).map(Arc::from))
        .unwrap_or_else(|error| Outcome::Failed(format!("the saga's state cannot be written: {error}")))
}
