//! `excursions rewind`: what is left to do after the databases were restored to a moment.

use std::time::Duration;

use chrono::{DateTime, Utc};
use notifications::model::feed_entry;
use service::ServiceName;
use service::config::{self, Environment, SettingError};
use service::events::{Rewind, RewindError, Topic};

use crate::databases::{ConnectError, connect};

/// Who consumes what.
const CONSUMERS: [(ServiceName, &[Topic]); 2] = [
    (ServiceName::Billing, &billing::TOPICS),
    (ServiceName::Notifications, &notifications::TOPICS),
];

/// Why not all was done. It can be done again.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AfterRestoreError {
    /// A setting is missing or wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The broker.
    #[error(transparent)]
    Rewind(#[from] RewindError),
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The feed's positions cannot be left behind.
    #[error("the feed cannot begin anew")]
    Feed(#[source] diesel::result::Error),
}

/// Sends consumers back to the moment, and has subscribers begin anew.
pub(crate) async fn rewind(
    environment: &Environment,
    moment: DateTime<Utc>,
    lag: Duration,
    dry_run: bool,
) -> Result<(), AfterRestoreError> {
    let rewind = Rewind {
        brokers: config::kafka_brokers(environment)?,
        moment,
        lag,
    };
    if dry_run {
        for topic in Topic::ALL {
            let found = rewind.look(topic.name(), |event| {
                println!(
                    "undone: {} {} {} {}",
                    event.time.to_rfc3339(),
                    event.event_type,
                    event.subject,
                    event.id
                );
            });
            let found = found.await?;
            println!(
                "{}: {} would be passed over, {} would come again; nothing was done",
                topic.name(),
                found.undone,
                found.again
            );
        }
        return Ok(());
    }
    for topic in Topic::ALL {
        let consuming = CONSUMERS.iter().filter(|(_, topics)| topics.contains(&topic));
        let groups: Vec<&str> = consuming.map(|(service, _)| service.as_str()).collect();
        if groups.is_empty() {
            continue;
        }
        let done = rewind.run(topic.name(), &groups).await?;
        println!(
            "{}: {} passed over, {} come again",
            topic.name(),
            done.undone,
            done.again
        );
    }
    let mut feed = connect(environment, ServiceName::Notifications).await?;
    let begins = feed_entry::leave_gap(&mut feed).await;
    begins.map_err(AfterRestoreError::Feed)?;
    println!("feed: subscribers begin anew");
    Ok(())
}
