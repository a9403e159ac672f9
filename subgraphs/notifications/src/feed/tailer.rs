//! Reads new entries in their order, whoever wrote them, and hands them to the hub: one tailer a process.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use diesel::ConnectionError;
use diesel_async::{AsyncConnection, AsyncPgConnection, SimpleAsyncConnection};
use futures::{FutureExt, StreamExt};
use secrecy::{ExposeSecret, SecretString};
use tokio_util::sync::CancellationToken;

use super::Hub;
use super::hub::CHANNEL_CAPACITY;
use crate::model::feed_entry::{self, CHANNEL};

/// Well below a channel's capacity, so that who keeps up is not cut off by one large reading.
const BATCH: i64 = (CHANNEL_CAPACITY / 4) as i64;
/// The database wakes the tailer; this is for when a wake-up is lost.
const IDLE_LOOK: Duration = Duration::from_secs(1);
const PAUSE_AFTER_ERROR: Duration = Duration::from_secs(1);

/// Why the tailer paused. It goes on by itself, where it was.
#[derive(Debug, thiserror::Error)]
enum TailError {
    #[error("no connection to the database: {0}")]
    Connect(#[from] ConnectionError),
    #[error("the feed cannot be read: {0}")]
    Read(#[from] diesel::result::Error),
    #[error("the database does not wake the tailer any more")]
    Deaf,
}

/// Follows the feed of one database.
pub struct Tailer {
    /// The service's database.
    pub database_url: SecretString,
    /// To whom entries are handed.
    pub hub: Arc<Hub>,
}

impl Tailer {
    /// Runs until the token is cancelled; errors are logged, and it goes on.
    pub async fn run(self, shutdown: CancellationToken) {
        while let Some(Err(error)) = shutdown.run_until_cancelled(self.follow()).await {
            metrics::counter!("feed_errors_total").increment(1);
            tracing::warn!(%error, "the live feed pauses");
            shutdown
                .run_until_cancelled(tokio::time::sleep(PAUSE_AFTER_ERROR))
                .await;
        }
    }

    async fn follow(&self) -> Result<Infallible, TailError> {
        // A connection of its own: it listens.
        let mut connection = AsyncPgConnection::establish(self.database_url.expose_secret()).await?;
        connection
            .batch_execute(&format!(
                "SET application_name = 'excursions-notifications-feed'; LISTEN {CHANNEL}"
            ))
            .await?;
        self.take_up(&mut connection).await?;
        loop {
            if self.hand_on(&mut connection).await? < BATCH as usize {
                wait_for_entries(&mut connection).await?;
            }
        }
    }

    /// Begins at the end of the feed, or goes on where it was, unless what followed is deleted by now.
    async fn take_up(&self, connection: &mut AsyncPgConnection) -> Result<(), TailError> {
        match self.hub.position() {
            Some(position) if position >= feed_entry::horizon(connection).await? => {}
            _ => self.hub.begin(feed_entry::newest(connection).await?),
        }
        Ok(())
    }

    /// Hands on the next entries; answers how many. Where nobody listens it does not read them.
    async fn hand_on(&self, connection: &mut AsyncPgConnection) -> Result<usize, TailError> {
        if self.hub.is_idle() && self.hub.skip_to(feed_entry::newest(connection).await?) {
            return Ok(0);
        }
        let Some(position) = self.hub.position() else {
            return Ok(0);
        };
        let entries = feed_entry::after(connection, position, BATCH).await?;
        let count = entries.len();
        self.hub.deliver(entries);
        Ok(count)
    }
}

/// Waits until the database tells of entries, or for a while. Takes all that it told so far: one look is enough.
async fn wait_for_entries(connection: &mut AsyncPgConnection) -> Result<(), TailError> {
    let mut wake_ups = pin!(connection.notifications_stream());
    let Ok(first) = tokio::time::timeout(IDLE_LOOK, wake_ups.next()).await else {
        return Ok(());
    };
    let mut next = Some(first);
    while let Some(wake_up) = next {
        wake_up.ok_or(TailError::Deaf)??;
        next = wake_ups.next().now_or_never();
    }
    Ok(())
}
