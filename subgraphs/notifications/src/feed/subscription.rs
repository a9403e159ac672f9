//! A subscriber's stream: what it missed from the database, then what comes, through its channel.
//!
//! Invariant: the entries of an audience after a cursor, each once, in their order, up to an error that says how to go on.

use std::sync::Arc;

use futures::stream::{self, Stream, StreamExt, TryStreamExt};
use service::database::Pool;

use super::hub::Registration;
use super::{Audience, FeedError, Hub, Position};
use crate::model::feed_entry::{self, Entry};

const REPLAY_BATCH: i64 = 200;

/// The live feed, as resolvers see it.
#[derive(Clone)]
pub struct Feed {
    hub: Arc<Hub>,
    pool: Pool,
}

impl Feed {
    /// A feed over a hub that a [`super::Tailer`] fills.
    #[must_use]
    pub fn new(hub: Arc<Hub>, pool: Pool) -> Self {
        Self { hub, pool }
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
        let after = self.begin(cursor).await?;
        let missed = replay(self.pool.clone(), audience, after, up_to);
        // The database, and with it other replicas, may be ahead of this process.
        let coming = live(registration).try_filter(move |entry| std::future::ready(entry.position > after));
        Ok(missed.chain(coming))
    }

    /// Where a stream begins: at a cursor that can be resumed from, or at the end of the feed.
    async fn begin(&self, cursor: Option<Position>) -> Result<Position, FeedError> {
        let mut connection = self.pool.get().await?;
        let newest = feed_entry::newest(&mut connection).await?;
        match cursor {
            None => Ok(newest),
            Some(position) if position > newest => Err(FeedError::NotACursor),
            Some(position) if position < feed_entry::horizon(&mut connection).await? => {
                Err(FeedError::Expired)
            }
            Some(position) => Ok(position),
        }
    }
}

fn replay(
    pool: Pool,
    audience: Audience,
    after: Position,
    up_to: Position,
) -> impl Stream<Item = Result<Arc<Entry>, FeedError>> + Send {
    let batches = stream::try_unfold(Some(after), move |position| {
        let pool = pool.clone();
        async move {
            let Some(after) = position.filter(|after| *after < up_to) else {
                return Ok(None);
            };
            let mut connection = pool.get().await?;
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
