//! Sagas as operators see them.

use std::borrow::Cow;

use async_graphql::connection::Connection;
use async_graphql::dataloader::{DataLoader, NoCache};
use async_graphql::{Context, Enum, ID, InputObject, Object, Result};
use chrono::{DateTime, Utc};
use saga::journal::{SagaFilter as Filter, SagaRecord};
use service::graphql::{ClientError, IdCursor, Opaque, fault};
use service::id::OrderId;

use super::loader::{JournalOf, OrdersLoader};
use super::order::Order;
use super::timeline::SagaEvent;

/// How a saga is getting on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "saga::Status")]
pub enum SagaStatus {
    /// Going forward.
    Running,
    /// Undoing what it did.
    Compensating,
    /// Every step succeeded.
    Completed,
    /// Everything is undone.
    Compensated,
    /// Needs a person.
    Parked,
    /// Given up by a person.
    Abandoned,
}

/// A process over several services: its steps, and how it is getting on.
pub struct Saga(pub SagaRecord);

/// A process over several services: its steps, and how it is getting on.
#[Object]
impl Saga {
    /// Its id.
    async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// Its definition: book-excursion, cancel-order, cancel-departure.
    async fn kind(&self) -> &str {
        &self.0.definition
    }

    /// The version of its definition.
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// How it is getting on. One whose definition no process knows in its version shows as PARKED: it goes on by itself
    /// once a process that knows it runs.
    async fn status(&self) -> Result<SagaStatus> {
        Ok(self.0.shown_status().parse::<saga::Status>()?.into())
    }

    /// The step that is due, or was last.
    async fn step(&self) -> Option<&str> {
        Some(&self.0.step)
    }

    /// Failed attempts of that step.
    async fn attempts(&self) -> i32 {
        self.0.attempts
    }

    /// When the next attempt is due; null where none is.
    async fn next_attempt_at(&self) -> Option<DateTime<Utc>> {
        let live = matches!(self.0.status.as_str(), "RUNNING" | "COMPENSATING");
        (live && self.0.attempts > 0).then_some(self.0.next_attempt_at)
    }

    /// What went wrong last, or that no process knows its version.
    async fn last_error(&self) -> Option<Cow<'_, str>> {
        self.0.reason()
    }

    /// The trace that it began in.
    async fn trace_id(&self) -> Option<&str> {
        self.0.traceparent.as_deref()?.split('-').nth(1)
    }

    /// The order that it is about, if it is about one.
    async fn order(&self, context: &Context<'_>) -> Result<Option<Order>> {
        let Some(order) = self.0.subject.map(OrderId::from) else {
            return Ok(None);
        };
        let loader = context.data::<DataLoader<OrdersLoader, NoCache>>()?;
        Ok(loader.load_one(order).await.map_err(fault)?.map(Order))
    }

    /// What happened to it, in order.
    async fn events(&self, context: &Context<'_>) -> Result<Vec<SagaEvent>> {
        let loader = context.data::<DataLoader<OrdersLoader, NoCache>>()?;
        let entries = loader
            .load_one(JournalOf(self.0.id))
            .await
            .map_err(fault)?
            .unwrap_or_default();
        Ok(entries.into_iter().map(SagaEvent::from).collect())
    }

    /// When it began.
    async fn created_at(&self) -> DateTime<Utc> {
        self.0.created_at
    }

    /// When it last moved.
    async fn updated_at(&self) -> DateTime<Utc> {
        self.0.updated_at
    }
}

/// Which sagas.
#[derive(Clone, Debug, Default, InputObject)]
pub struct SagaFilter {
    /// Of this definition.
    pub kind: Option<String>,
    /// With this status.
    pub status: Option<SagaStatus>,
    /// Running, compensating or parked, and not moved for so many seconds.
    pub stuck_for_seconds: Option<i32>,
}

impl SagaFilter {
    pub(super) fn read(self) -> Result<Filter, ClientError> {
        let stuck_for = self.stuck_for_seconds.map(|seconds| {
            u64::try_from(seconds)
                .map(std::time::Duration::from_secs)
                .map_err(|_| ClientError::BadUserInput {
                    argument: "stuckForSeconds",
                    message: "must not be negative".to_owned(),
                })
        });
        Ok(Filter {
            definition: self.kind,
            step: None,
            status: self.status.map(saga::Status::from),
            stuck_for: stuck_for.transpose()?,
        })
    }
}

/// A page of sagas, newest first.
pub type SagaConnection = Connection<Opaque<IdCursor>, Saga>;
