//! How the rest of a process hands sagas to its worker, and waits for their end.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::journal::{Snapshot, start};
use crate::{Journal, NewSaga, SagaId, Status, WorkerId};

/// What a worker is told.
pub(crate) enum Message {
    /// Sagas that were started in its name.
    Started(WorkerId, Vec<Snapshot>),
    /// Sagas that were written in its name, in a transaction of which it is not known whether it was committed.
    Doubtful(WorkerId, Vec<Uuid>),
    /// There may be something to claim.
    Look,
}

/// A saga that came to rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Which.
    pub saga: SagaId,
    /// Completed, compensated or parked.
    pub status: Status,
}

type Waiting = HashMap<Uuid, Vec<oneshot::Sender<Ended>>>;

/// Hands sagas to the worker of this process.
#[derive(Clone)]
pub struct Handle {
    journal: Journal,
    link: Link,
}

/// What a worker and the rest of its process have in common.
#[derive(Clone)]
pub(crate) struct Link {
    messages: mpsc::UnboundedSender<Message>,
    // A std mutex: it is held for a look-up, never across an await.
    worker: Arc<Mutex<Option<WorkerId>>>,
    waiting: Arc<Mutex<Waiting>>,
}

impl Link {
    pub(crate) fn new() -> (Self, mpsc::UnboundedReceiver<Message>) {
        let (messages, receiver) = mpsc::unbounded_channel();
        let link = Self {
            messages,
            worker: Arc::default(),
            waiting: Arc::default(),
        };
        (link, receiver)
    }

    /// In whose name sagas may be started, while the worker has a lease.
    pub(crate) fn worker(&self) -> Option<WorkerId> {
        *self.worker.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn works_as(&self, worker: Option<WorkerId>) {
        *self.worker.lock().unwrap_or_else(PoisonError::into_inner) = worker;
    }

    /// Tells the worker. Nobody listens when the process is stopping: what was started is handed over with the rest.
    pub(crate) fn tell(&self, message: Message) {
        let _stopping = self.messages.send(message);
    }

    pub(crate) fn end_of(&self, saga: SagaId) -> oneshot::Receiver<Ended> {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let senders = waiting.entry(saga.0).or_default();
        senders.retain(|sender| !sender.is_closed());
        senders.push(sender);
        receiver
    }

    pub(super) fn ended(&self, ended: Ended) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for sender in waiting.remove(&ended.saga.0).unwrap_or_default() {
            let _gave_up = sender.send(ended);
        }
    }
}

/// Sagas that were written in a transaction; to be driven once it is committed. Where it is dropped without that (the
/// task was cancelled, the commit's answer lost), the worker looks them up in the database and drives those that exist.
#[must_use = "sagas are driven at once only when the handle is told"]
pub struct Started {
    worker: Option<WorkerId>,
    sagas: Vec<NewSaga>,
    link: Link,
}

impl Drop for Started {
    fn drop(&mut self) {
        if let (Some(worker), false) = (self.worker, self.sagas.is_empty()) {
            let ids = self.sagas.iter().map(|saga| saga.id.0).collect();
            self.link.tell(Message::Doubtful(worker, ids));
        }
    }
}

impl Handle {
    pub(crate) fn new(journal: Journal, link: Link) -> Self {
        Self { journal, link }
    }

    /// The journal behind it.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    /// Writes sagas, with the intent of their first step, in the caller's transaction.
    ///
    /// # Errors
    /// The database's.
    pub async fn start(
        &self,
        connection: &mut AsyncPgConnection,
        sagas: Vec<NewSaga>,
    ) -> QueryResult<Started> {
        let worker = self.link.worker();
        start(connection, &sagas, worker).await?;
        Ok(Started {
            worker,
            sagas,
            link: self.link.clone(),
        })
    }

    /// Drives sagas whose transaction is committed.
    pub fn drive(&self, mut started: Started) {
        let sagas = std::mem::take(&mut started.sagas);
        let message = match started.worker {
            Some(worker) => Message::Started(worker, self.journal.started(sagas)),
            None => Message::Look,
        };
        self.link.tell(message);
    }

    /// The end of a saga, if this process sees it. Ask before the saga is started.
    pub fn end_of(&self, saga: SagaId) -> oneshot::Receiver<Ended> {
        self.link.end_of(saga)
    }

    /// Stops waiting for a saga, for those who gave up.
    pub fn forget(&self, saga: SagaId) {
        let mut waiting = self.link.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(senders) = waiting.get_mut(&saga.0) {
            senders.retain(|sender| !sender.is_closed());
            if senders.is_empty() {
                waiting.remove(&saga.0);
            }
        }
    }

    /// Makes the worker look for sagas that are due, without waiting for its next scan.
    pub fn look(&self) {
        self.link.tell(Message::Look);
    }
}
