//! The broker: producers, topics, and whether it answers.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{FutureProducer, Producer};

use super::topic::{PARTITIONS, Topic, dead_letter_topic};
use crate::http::ReadinessCheck;

const TIMEOUT: Duration = Duration::from_secs(10);
const METADATA_TIMEOUT: Duration = Duration::from_millis(1_500);
/// How long a topic keeps a record.
pub(super) const RETENTION_DAYS: u16 = 7;
/// How long a record that was put aside waits to be re-driven.
pub(super) const DEAD_LETTER_RETENTION_DAYS: u16 = 30;

/// Why topics could not be made.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// The broker cannot be reached.
    #[error("the broker at {brokers} does not answer")]
    Connect {
        /// Where it should be.
        brokers: String,
        /// Why it is not.
        #[source]
        source: KafkaError,
    },
    /// The broker refuses a topic.
    #[error("the topic {topic} cannot be created: {code}")]
    Create {
        /// The topic.
        topic: String,
        /// The broker's reason.
        code: RDKafkaErrorCode,
    },
}

pub(super) fn client(brokers: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", brokers)
        .set("client.id", "excursions");
    // A loopback broker answers on one address family; trying the other first costs a second.
    config.set("broker.address.family", "v4");
    // A broker that comes back is found within this time.
    config.set("reconnect.backoff.max.ms", "1000");
    config
}

/// A producer that neither loses nor doubles nor reorders within its life.
pub(super) fn producer(brokers: &str) -> Result<FutureProducer, KafkaError> {
    client(brokers)
        .set("enable.idempotence", "true")
        // The partitioner of Java's clients, so that whoever publishes a key finds the same partition.
        .set("partitioner", "murmur2_random")
        .set("linger.ms", "2")
        // For as long as it takes: an event that is given up could be overtaken by the next one of its aggregate.
        .set("message.timeout.ms", "0")
        .set("queue.buffering.max.kbytes", "16384")
        .create()
}

/// Creates the topics and their dead-letter topics where they do not exist yet.
///
/// # Errors
/// [`BrokerError`].
pub async fn create_topics(brokers: &str) -> Result<(), BrokerError> {
    let unreachable = |source| BrokerError::Connect {
        brokers: brokers.to_owned(),
        source,
    };
    let admin: AdminClient<DefaultClientContext> = client(brokers).create().map_err(unreachable)?;
    let dead_letter_names = Topic::ALL.map(|topic| dead_letter_topic(topic.name()));
    let milliseconds = |days: u16| (u64::from(days) * 24 * 3_600_000).to_string();
    let (retention, of_dead_letters) = (
        milliseconds(RETENTION_DAYS),
        milliseconds(DEAD_LETTER_RETENTION_DAYS),
    );
    let topics = Topic::ALL.iter().map(|topic| (topic.name(), &retention));
    let dead_letters = dead_letter_names
        .iter()
        .map(|name| (name.as_str(), &of_dead_letters));
    let wanted: Vec<NewTopic<'_>> = topics
        .chain(dead_letters)
        .map(|(name, retention)| {
            NewTopic::new(name, PARTITIONS, TopicReplication::Fixed(-1)).set("retention.ms", retention)
        })
        .collect();
    let options = AdminOptions::new()
        .operation_timeout(Some(TIMEOUT))
        .request_timeout(Some(TIMEOUT));
    for result in admin
        .create_topics(&wanted, &options)
        .await
        .map_err(unreachable)?
    {
        match result {
            Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
            Err((topic, code)) => return Err(BrokerError::Create { topic, code }),
        }
    }
    Ok(())
}

/// Ready once the broker has answered. When it is away later, events wait in the outbox and requests are answered: were
/// every service to call itself unready, nobody could book because nobody can be mailed.
///
/// # Errors
/// Where the client cannot be made.
pub fn readiness(brokers: &str) -> Result<ReadinessCheck, BrokerError> {
    let probe: FutureProducer = client(brokers).create().map_err(|source| BrokerError::Connect {
        brokers: brokers.to_owned(),
        source,
    })?;
    Ok(ReadinessCheck::to_begin("broker", move || {
        let probe = probe.clone();
        async move {
            let metadata = tokio::task::spawn_blocking(move || {
                probe
                    .client()
                    .fetch_metadata(Some(Topic::Orders.name()), METADATA_TIMEOUT)
                    .map(drop)
            });
            match metadata.await {
                Ok(answer) => answer.map_err(|error| error.to_string()),
                Err(cancelled) => Err(cancelled.to_string()),
            }
        }
    }))
}
