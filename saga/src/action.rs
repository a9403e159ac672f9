//! What a step does: actions at participants, and actions in the orchestrator's own database.
//!
//! Both take batches: the same step of many sagas goes out together, and each saga gets an outcome of its own.

use std::time::Duration;

use async_trait::async_trait;
use diesel::QueryResult;
use diesel_async::AsyncPgConnection;

use crate::SagaId;

/// Why a participant refused: a business decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// For programs.
    pub code: String,
    /// For people.
    pub message: String,
}

/// A step to be done, or undone, for one saga.
#[derive(Clone, Debug)]
pub struct Command<S> {
    /// Which saga; with the step it makes the command idempotent.
    pub saga: SagaId,
    /// What the saga is about.
    pub subject: Option<uuid::Uuid>,
    /// What the saga knows so far.
    pub state: S,
    /// Failed attempts so far.
    pub attempts: u32,
    /// Why the saga turned back, once it has, if a participant refused.
    pub rejection: Option<Rejection>,
    /// Where what is done belongs in the trace that the saga began in (W3C trace context).
    pub traceparent: Option<String>,
}

/// What came of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<S> {
    /// It had its effect; the saga's state after it.
    Done(S),
    /// The participant decided against it; this attempt did nothing. The saga turns back, and undoes this step too, in case
    /// an earlier attempt arrives late and is decided otherwise.
    Rejected(Rejection),
    /// It failed or its answer was lost: it may or may not have had its effect. Tried again by the step's policy; once
    /// that is spent, this step is undone with the others.
    Failed(String),
    /// It failed in a way that trying again will not mend: the participant does not understand the command, or has a
    /// defect. Not tried again; as for the rest, as [`Outcome::Failed`].
    Broken(String),
    /// It must wait for something and is run again; not a failure. The saga's state so far is kept.
    Again {
        /// The state so far.
        state: S,
        /// When to run it again.
        after: Duration,
    },
}

impl<S> Outcome<S> {
    /// The same outcome over another state.
    pub(crate) fn try_map<T, E>(self, map: impl FnOnce(S) -> Result<T, E>) -> Result<Outcome<T>, E> {
        Ok(match self {
            Self::Done(state) => Outcome::Done(map(state)?),
            Self::Rejected(rejection) => Outcome::Rejected(rejection),
            Self::Failed(message) => Outcome::Failed(message),
            Self::Broken(message) => Outcome::Broken(message),
            Self::Again { state, after } => Outcome::Again {
                state: map(state)?,
                after,
            },
        })
    }
}

/// An action, or a compensation, at a participant.
///
/// It runs at least once for each saga, possibly again after it succeeded (the answer was lost, the process died), and
/// possibly at the same time as an older attempt. It must have its effect once, by the saga's id. Nothing of a saga's
/// journal is locked while it runs.
#[async_trait]
pub trait Action<S>: Send + Sync + 'static {
    /// Runs a batch; one outcome for each command, in their order. An answer of another length counts as a failure of
    /// all.
    async fn run(&self, batch: &[Command<S>]) -> Vec<Outcome<S>>;
}

/// An action in the orchestrator's own database, within the transaction that journals it: it happens exactly once.
#[async_trait]
pub trait LocalAction<S>: Send + Sync + 'static {
    /// Runs a batch by set-based SQL; one outcome for each command, in their order. For a command that is rejected, or
    /// that failed, it must have written nothing.
    ///
    /// # Errors
    /// The database's: the transaction is rolled back, and the commands are tried again, one at a time.
    async fn run(
        &self,
        connection: &mut AsyncPgConnection,
        batch: &[Command<S>],
    ) -> QueryResult<Vec<Outcome<S>>>;
}
