//! An event on its way out and on its way in.

use chrono::{DateTime, Utc};
use rdkafka::Message;
use rdkafka::message::{Headers, OwnedMessage};
use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::telemetry;

/// What an event says; a struct for each type of event.
pub trait EventPayload: Serialize {
    /// The type, in the past tense: `OrderConfirmed`.
    const TYPE: &'static str;
    /// What kind of thing it happened to: `order`.
    const AGGREGATE: &'static str;
    /// Which of them: the record's key.
    fn aggregate_id(&self) -> Uuid;
}

/// An event to be written into the outbox.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub(super) id: Uuid,
    pub(super) aggregate_type: &'static str,
    pub(super) aggregate_id: Uuid,
    pub(super) event_type: &'static str,
    /// JSON.
    pub(super) payload: String,
    pub(super) traceparent: Option<String>,
}

impl NewEvent {
    /// An event in the trace of the current span.
    ///
    /// # Errors
    /// Where the payload cannot be written as JSON, which no struct of plain fields brings about.
    pub fn new<P: EventPayload>(payload: &P) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: Uuid::now_v7(),
            aggregate_type: P::AGGREGATE,
            aggregate_id: payload.aggregate_id(),
            event_type: P::TYPE,
            payload: serde_json::to_string(payload)?,
            traceparent: telemetry::traceparent(),
        })
    }

    /// The same event in another trace: the one that a saga began in.
    #[must_use]
    pub fn in_trace(mut self, traceparent: Option<String>) -> Self {
        self.traceparent = traceparent.or(self.traceparent);
        self
    }
}

/// An event as it arrives.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its id, the same each time it is delivered.
    pub id: Uuid,
    /// Its type: `OrderConfirmed`.
    pub event_type: String,
    /// When it was written.
    pub time: DateTime<Utc>,
    /// The aggregate's id.
    pub subject: String,
    /// What it is processed in, or was sent by, in the trace that it belongs to.
    pub traceparent: Option<String>,
    /// What it was made in, in the same trace.
    pub(super) made_in: Option<String>,
    /// The topic that it came on.
    pub topic: String,
    payload: Vec<u8>,
}

/// Why a record or its payload is not what it should be.
#[derive(Debug, thiserror::Error)]
pub enum MalformedEvent {
    /// A CloudEvents attribute is missing or does not parse.
    #[error("the header {0} is missing or malformed")]
    Header(&'static str),
    /// The payload does not fit the type.
    #[error("the payload of {event_type} does not fit")]
    Payload {
        /// The event's type.
        event_type: String,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
}

impl Event {
    /// Reads a record.
    ///
    /// # Errors
    /// [`MalformedEvent::Header`] where it is no CloudEvent.
    pub fn from_record(record: &OwnedMessage) -> Result<Self, MalformedEvent> {
        let header = |name: &'static str| header(record, name).ok_or(MalformedEvent::Header(name));
        Ok(Self {
            id: header("ce_id")?
                .parse()
                .map_err(|_| MalformedEvent::Header("ce_id"))?,
            event_type: header("ce_type")?,
            time: header("ce_time")?
                .parse()
                .map_err(|_| MalformedEvent::Header("ce_time"))?,
            subject: header("ce_subject")?,
            traceparent: header("traceparent").ok(),
            made_in: header("ce_traceparent").ok(),
            topic: record.topic().to_owned(),
            payload: record.payload().unwrap_or_default().to_vec(),
        })
    }

    /// An event as it would arrive, for tests of consumers.
    #[cfg(feature = "testing")]
    #[must_use]
    pub fn arrived(
        topic: super::Topic,
        event_type: &str,
        subject: Uuid,
        payload: &serde_json::Value,
    ) -> Self {
        Self {
            id: Uuid::now_v7(),
            event_type: event_type.to_owned(),
            time: Utc::now(),
            subject: subject.to_string(),
            traceparent: None,
            made_in: None,
            topic: topic.name().to_owned(),
            payload: payload.to_string().into_bytes(),
        }
    }

    /// The payload as the struct that the consumer expects.
    ///
    /// # Errors
    /// [`MalformedEvent::Payload`].
    pub fn payload<P: DeserializeOwned>(&self) -> Result<P, MalformedEvent> {
        serde_json::from_slice(&self.payload).map_err(|source| MalformedEvent::Payload {
            event_type: self.event_type.clone(),
            source,
        })
    }
}

fn header(record: &OwnedMessage, name: &str) -> Option<String> {
    let headers = record.headers()?;
    let value = headers.iter().find(|header| header.key == name)?.value?;
    String::from_utf8(value.to_vec()).ok()
}
