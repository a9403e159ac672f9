//! The live feed: what happened, pushed to those whom it concerns, with no gap and nothing twice.
//!
//! ```text
//! consumer --(its transaction)--> feed_entries --(tailer, one a process)--> hub --(a channel each)--> subscribers
//!                                      |                                                                 ^
//!                                      +-----------------(replay after a cursor)-------------------------+
//! ```
//!
//! Every replica serves every subscriber: its tailer reads all entries, whoever wrote them. A subscriber is registered
//! with the hub at the tailer's position of that moment; what it missed up to there is replayed from the database, what
//! comes later arrives through its channel. A channel that is full ends its subscription, and slows nobody.

mod audience;
mod error;
mod hub;
mod payload;
mod position;
mod push;
mod retention;
mod subscription;
mod tailer;

pub use audience::{Audience, CancellationId};
pub use error::FeedError;
pub use hub::Hub;
pub use payload::{CancellationPayload, DeparturePayload, OrderPayload};
pub use position::Position;
pub use push::pushed;
pub use retention::sweep;
pub use subscription::Feed;
pub use tailer::Tailer;
