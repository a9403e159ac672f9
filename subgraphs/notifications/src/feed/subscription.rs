//! A subscriber's stream: what it missed from the database, then what comes, through its channel.
//!
//! Invariant: the entries of an audience after a cursor, each once, in their order, up to an error that says how to go on.

use std::sync::Arc;

use futures::stream::{self, Stream, StreamExt, TryStreamExt};
use service::database::{Connection, Pool};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::hub::Registration;
use super::{Audience, FeedError, Hub, Position};
use crate::model::feed_entry::{self, Entry};

const REPLAY_BATCH: i64 = 200;
/// How many subscribers may read at once. Thousands come back at the same time when a process was restarted: they wait
/// for their turn here, for as long as it takes, and leave connections to everybody else.
const READERS: usize = 4;

/// The live feed, as resolvers see it.
#[derive(Clone)]
pub struct Feed {
    hub: Arc<Hub>,
    store: Store,
}

/// The feed as it is kept, read by a few at a time.
#[derive(Clone)]
struct Store {
    pool: Pool,
    turns: Arc<Semaphore>,
}

impl Store {
    /// A connection, in one's turn.
    async fn connection(&self) -> Result<(Connection, OwnedSemaphorePermit), FeedError> {
        // Nobody closes the semaphore; if somebody did, nobody would be served.
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        let turn = turn.map_err(|_closed| FeedError::NotBegun)?;
        Ok((self.pool.get().await?, turn))
    }
}

impl Feed {
    /// A feed over a hub that a [`super::Tailer`] fills.
    #[must_use]
    pub fn new(hub: Arc<Hub>, pool: Pool) -> Self {
        let turns = Arc::new(Semaphore::new(READERS));
        let store = Store { pool, turns };
        Self { hub, store }
    }

    /// What concerns an audience: after a cursor, or from now on.
    ///
    /// # Errors
    /// [`FeedError::NotACursor`] or [`FeedError::Expired`] for cursors that cannot be resumed from, or a fault. The
    /// stream itself ends with an error, if the subscriber does not end it first.
    pub async fn subscribe(
        &self,
        audience: Audience,
        after: Option<&str>,
    ) -> Result<impl Stream<Item = Result<Arc<Entry>, FeedError>> + Send + use<>, FeedError> {
        let cursor = after
            .map(|after| Position::from_cursor(after).ok_or(FeedError::NotACursor))
            .transpose()?;
        // Before anything is read: from here on nothing is missed.
        let registration = self.hub.register(audience).await?;
        let up_to = registration.position;
        let after = match cursor {
            Some(cursor) => self.resumable(cursor).await?,
            None => self.end().await?,
        };
        let missed = replay(self.store.clone(), audience, after, up_to);
        // The database, and with it other replicas, may be ahead of this process.
        let coming = live(registration).try_filter(move |entry| std::future::ready(entry.position > after));
        Ok(missed.chain(coming))
    }

    /// The end of the feed. This process may not have come so far: what it has yet to hand out is no news any more.
    async fn end(&self) -> Result<Position, FeedError> {
        let (mut connection, _turn) = self.store.connection().await?;
        Ok(feed_entry::newest(&mut connection).await?)
    }

    /// A cursor that can be resumed from.
    async fn resumable(&self, cursor: Position) -> Result<Position, FeedError> {
        let (mut connection, _turn) = self.store.connection().await?;
        if cursor > feed_entry::newest(&mut connection).await? {
            return Err(FeedError::NotACursor);
        }
        if cursor < feed_entry::horizon(&mut connection).await? {
            return Err(FeedError::Expired);
        }
        Ok(cursor)
    }
}

fn replay(
    store: Store,
    audience: Audience,
    after: Position,
    up_to: Position,
) -> impl Stream<Item = Result<Arc<Entry>, FeedError>> + Send {
    let batches = stream::try_unfold(Some(after), move |position| {
        let store = store.clone();
        async move {
            let Some(after) = position.filter(|after| *after < up_to) else {
                return Ok(None);
            };
            let (mut connection, _turn) = store.connection().await?;
            let entries = feed_entry::between(&mut connection, audience, after, up_to, REPLAY_BATCH).await?;
            // Looked at after the reading: what was deleted until then may be missing from it.
            if feed_entry::horizon(&mut connection).await? > after {
                return Err(FeedError::Expired);
            }
            let full = entries.len() == REPLAY_BATCH as usize;
            let next = entries.last().map(|last| last.position).filter(|_| full);
            Ok(Some((entries, next)))
        }
    });
    batches
        .map_ok(|entries| stream::iter(entries).map(|entry| Ok(Arc::new(entry))))
        .try_flatten()
}

fn live(registration: Registration) -> impl Stream<Item = Result<Arc<Entry>, FeedError>> + Send {
    let entries = stream::unfold(registration, async |mut registration| {
        let entry = registration.entries.recv().await?;
        Some((Ok(entry), registration))
    });
    entries.chain(stream::once(async { Err(FeedError::Cut) }))
}
