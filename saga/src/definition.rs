//! A saga's definition: data, not code that is replayed.
//!
//! A saga in flight keeps the version that it began with: register the old version beside the new one until none of it
//! is left.

mod erased;
mod retry;

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use erased::{
    ErasedAction, ErasedCommand, ErasedLocalAction, ErasedOutcome, ErasedState, Transaction,
};
pub use retry::RetryPolicy;

use crate::action::{Action, LocalAction};
use crate::state::{Direction, Shape};
use erased::{Typed, TypedLocal};

/// How a step, or its compensation, is done.
#[derive(Clone)]
pub(crate) enum Doing {
    /// By a participant.
    Remote(Arc<dyn ErasedAction>),
    /// In the orchestrator's own database.
    Local(Arc<dyn ErasedLocalAction>),
}

/// One step of a definition.
pub struct Step<S> {
    name: &'static str,
    action: Doing,
    compensation: Option<Doing>,
    retry: RetryPolicy,
    retry_compensation: RetryPolicy,
    state: PhantomData<fn(S)>,
}

impl<S: Serialize + DeserializeOwned + Send + Sync + 'static> Step<S> {
    /// A step at a participant.
    pub fn new(name: &'static str, action: impl Action<S>) -> Self {
        Self::doing(name, Doing::Remote(Arc::new(Typed::new(action))))
    }

    /// A step in the orchestrator's own database.
    pub fn local(name: &'static str, action: impl LocalAction<S>) -> Self {
        Self::doing(name, Doing::Local(Arc::new(TypedLocal::new(action))))
    }

    fn doing(name: &'static str, action: Doing) -> Self {
        Self {
            name,
            action,
            compensation: None,
            retry: RetryPolicy::action(),
            retry_compensation: RetryPolicy::compensation(),
            state: PhantomData,
        }
    }

    /// What undoes the step. Its [`Outcome::Done`](crate::Outcome::Done) may find nothing to undo.
    #[must_use]
    pub fn undone_by(mut self, compensation: impl Action<S>) -> Self {
        self.compensation = Some(Doing::Remote(Arc::new(Typed::new(compensation))));
        self
    }

    /// When a failed attempt is tried again, and how long.
    #[must_use]
    pub fn retried(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// When a failed attempt at undoing the step is made again, and how long before the saga is parked.
    #[must_use]
    pub fn undo_retried(mut self, policy: RetryPolicy) -> Self {
        self.retry_compensation = policy;
        self
    }
}

pub(crate) struct ErasedStep {
    pub(crate) name: &'static str,
    pub(crate) action: Doing,
    pub(crate) compensation: Option<Doing>,
    pub(crate) retry: RetryPolicy,
    pub(crate) retry_compensation: RetryPolicy,
}

/// The ordered steps of a kind of saga, over a state of type `S` that each step reads and hands on.
pub struct Definition<S> {
    erased: ErasedDefinition,
    state: PhantomData<fn(S)>,
}

pub(crate) struct ErasedDefinition {
    pub(crate) name: &'static str,
    pub(crate) version: i32,
    pub(crate) steps: Vec<ErasedStep>,
    pub(crate) shape: Shape,
    pub(crate) when_compensated: Option<Arc<dyn ErasedLocalAction>>,
}

impl<S: Serialize + DeserializeOwned + Send + Sync + 'static> Definition<S> {
    /// A definition whose first step is `first`. Until a pivot is named, the last step is it.
    #[must_use]
    pub fn new(name: &'static str, version: i32, first: Step<S>) -> Self {
        let erased = ErasedDefinition {
            name,
            version,
            steps: Vec::new(),
            shape: Shape {
                compensable: Vec::new(),
                pivot: None,
            },
            when_compensated: None,
        };
        Self {
            erased,
            state: PhantomData,
        }
        .then(first)
    }

    /// The next step, still before the pivot; the last of these is the pivot. Where a participant does it and it cannot be
    /// undone, it is retried until it is known whether it happened: give it a patient policy, since the saga is parked
    /// when that is spent; and the participant must remember what it refused.
    #[must_use]
    pub fn then(mut self, step: Step<S>) -> Self {
        self.push(step);
        self.erased.shape.pivot = Some(self.erased.steps.len() - 1);
        self
    }

    /// A step after the pivot: it cannot be undone and must succeed in the end.
    #[must_use]
    pub fn after_pivot(mut self, step: Step<S>) -> Self {
        self.push(step);
        self
    }

    /// Makes the saga one that only goes forward: no step is ever undone; one that cannot succeed parks it.
    #[must_use]
    pub fn forward_only(mut self) -> Self {
        self.erased.shape.pivot = None;
        self
    }

    /// Runs in the transaction in which a saga ends compensated.
    #[must_use]
    pub fn when_compensated(mut self, action: impl LocalAction<S>) -> Self {
        self.erased.when_compensated = Some(Arc::new(TypedLocal::new(action)));
        self
    }

    fn push(&mut self, step: Step<S>) {
        self.erased.shape.compensable.push(step.compensation.is_some());
        self.erased.steps.push(ErasedStep {
            name: step.name,
            action: step.action,
            compensation: step.compensation,
            retry: step.retry,
            retry_compensation: step.retry_compensation,
        });
    }
}

impl ErasedDefinition {
    /// How the step at a position is done in a direction.
    pub(crate) fn doing(&self, position: usize, direction: Direction) -> Option<&Doing> {
        let step = self.steps.get(position)?;
        match direction {
            Direction::Forward => Some(&step.action),
            Direction::Backward => step.compensation.as_ref(),
        }
    }

    pub(crate) fn retry(&self, position: usize, direction: Direction) -> &RetryPolicy {
        let step = &self.steps[position];
        match direction {
            Direction::Forward => &step.retry,
            Direction::Backward => &step.retry_compensation,
        }
    }
}

/// The definitions that a worker drives, by name and version.
#[derive(Clone, Default)]
pub struct Registry(HashMap<(String, i32), Arc<ErasedDefinition>>);

impl Registry {
    /// Adds a definition.
    #[must_use]
    pub fn with<S>(mut self, definition: Definition<S>) -> Self {
        self.insert(definition.erased);
        self
    }

    pub(crate) fn insert(&mut self, definition: ErasedDefinition) {
        let key = (definition.name.to_owned(), definition.version);
        self.0.insert(key, Arc::new(definition));
    }

    pub(crate) fn get(&self, name: &str, version: i32) -> Option<&Arc<ErasedDefinition>> {
        self.0.get(&(name.to_owned(), version))
    }

    /// Names and versions, as two parallel arrays for SQL.
    pub(crate) fn keys(&self) -> (Vec<String>, Vec<i32>) {
        self.0.keys().cloned().unzip()
    }
}
