//! Events between services: written with the change (outbox), published in order (relay), taken up once (inbox).
//!
//! Records are CloudEvents 1.0 in Kafka's binary mode: attributes as `ce_*` headers, the payload as JSON, the aggregate's
//! id as the key, so that the events of one aggregate stay in order. An event is published at least once and takes
//! effect once; one that cannot be processed goes to `<topic>.dlq`.

mod broker;
mod consumer;
mod dead_letter;
mod event;
mod inbox;
mod lag;
pub(crate) mod meters;
mod outbox;
mod redrive;
mod relay;
mod retry;
mod rewind;
mod spans;
mod topic;
mod watch;

pub use broker::{BrokerError, create_topics, readiness};
pub use consumer::{ConsumeError, Consumer, ConsumerError, consume};
pub use event::{Event, EventPayload, MalformedEvent, NewEvent};
pub use inbox::{InboxRetention, TooShort, prune_inbox, sweep_inbox};
pub use outbox::{OutboxHint, append};
pub use redrive::{DeadLetter, DeadLetters, RedriveError};
pub use relay::{Relay, RelayError};
pub use rewind::{Rewind, RewindError, Rewound};
pub use topic::Topic;
pub(crate) use watch::watch_outbox;
