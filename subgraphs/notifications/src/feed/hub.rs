//! Hands entries to the subscribers in this process.
//!
//! Invariant: a subscriber gets through its channel exactly the entries for its audience that lie after the position at
//! which it was registered. Registration and delivery exclude each other, so that no entry falls between.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, watch};

use super::{Audience, FeedError, Position};
use crate::model::feed_entry::Entry;

/// How far a subscriber may fall behind.
pub(super) const CHANNEL_CAPACITY: usize = 1_024;
const WAIT_FOR_BEGIN: Duration = Duration::from_secs(5);

/// All subscribers of this process.
pub struct Hub {
    state: Mutex<State>,
    begun: watch::Sender<bool>,
}

struct State {
    /// Everything up to here has been handed out.
    position: Position,
    subscribers: HashMap<Audience, Vec<Subscriber>>,
    next_id: u64,
}

struct Subscriber {
    id: u64,
    channel: mpsc::Sender<Arc<Entry>>,
}

impl Hub {
    /// A hub without subscribers that has not begun yet.
    #[must_use]
    pub fn new() -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
                position: Position::START,
                subscribers: HashMap::new(),
                next_id: 0,
            }),
            begun: watch::Sender::new(false),
        })
    }

    /// Registers a subscriber at the present position.
    ///
    /// # Errors
    /// [`FeedError::NotBegun`] where the tailer does not reach the database.
    pub(super) async fn register(self: &Arc<Self>, audience: Audience) -> Result<Registration, FeedError> {
        let mut begun = self.begun.subscribe();
        let begun = tokio::time::timeout(WAIT_FOR_BEGIN, begun.wait_for(|begun| *begun)).await;
        if !matches!(begun, Ok(Ok(_))) {
            return Err(FeedError::NotBegun);
        }
        let (channel, entries) = mpsc::channel(CHANNEL_CAPACITY);
        let mut state = self.state();
        let id = state.next_id;
        state.next_id += 1;
        let subscriber = Subscriber { id, channel };
        state.subscribers.entry(audience).or_default().push(subscriber);
        metrics::gauge!("feed_subscribers").increment(1);
        Ok(Registration {
            hub: Arc::clone(self),
            audience,
            id,
            position: state.position,
            entries,
        })
    }

    /// Where the tailer is to read on, or nothing where it has not begun.
    pub(super) fn position(&self) -> Option<Position> {
        self.begun.borrow().then(|| self.state().position)
    }

    /// Begins at a position, or begins anew there: those who are subscribed are cut off.
    pub(super) fn begin(&self, position: Position) {
        let mut state = self.state();
        state.position = position;
        cut_off(state.subscribers.drain().flat_map(|(_, subscribers)| subscribers));
        self.begun.send_replace(true);
    }

    /// Moves on to a position, if nobody listens; else answers false.
    pub(super) fn skip_to(&self, position: Position) -> bool {
        let mut state = self.state();
        let idle = state.subscribers.is_empty();
        if idle {
            state.position = position;
        }
        idle
    }

    /// Whether nobody listens.
    pub(super) fn is_idle(&self) -> bool {
        self.state().subscribers.is_empty()
    }

    /// Hands out entries that follow the present position, in their order. Never waits: who cannot take an entry is cut
    /// off.
    pub(super) fn deliver(&self, entries: Vec<Entry>) {
        let mut state = self.state();
        for entry in entries.into_iter().map(Arc::new) {
            state.position = entry.position;
            for audience in Audience::of(&entry) {
                let Some(subscribers) = state.subscribers.get_mut(&audience) else {
                    continue;
                };
                let full = subscribers.extract_if(.., |subscriber| {
                    subscriber.channel.try_send(Arc::clone(&entry)).is_err()
                });
                cut_off(full);
                if subscribers.is_empty() {
                    state.subscribers.remove(&audience);
                }
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half-way.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Dropping a channel's sender ends the stream behind it, after what is in the channel.
fn cut_off(subscribers: impl Iterator<Item = Subscriber>) {
    let count = subscribers.count();
    if count > 0 {
        metrics::counter!("feed_subscribers_cut_off_total").increment(count as u64);
        metrics::gauge!("feed_subscribers").decrement(count as f64);
    }
}

/// A subscriber's place in the hub; given up when dropped.
pub(super) struct Registration {
    hub: Arc<Hub>,
    audience: Audience,
    id: u64,
    /// What lies after this position comes through the channel.
    pub(super) position: Position,
    /// The channel. Its end means that the subscriber was cut off.
    pub(super) entries: mpsc::Receiver<Arc<Entry>>,
}

impl Drop for Registration {
    fn drop(&mut self) {
        let mut state = self.hub.state();
        let Some(subscribers) = state.subscribers.get_mut(&self.audience) else {
            return;
        };
        let before = subscribers.len();
        subscribers.retain(|subscriber| subscriber.id != self.id);
        metrics::gauge!("feed_subscribers").decrement((before - subscribers.len()) as f64);
        if subscribers.is_empty() {
            state.subscribers.remove(&self.audience);
        }
    }
}
