//! `excursions dlq`: records that a consumer could not process, and their way back.

use chrono::{DateTime, Utc};
use clap::Subcommand;
use service::config::{self, Environment, SettingError};
use service::events::{DeadLetter, DeadLetters, RedriveError, Topic};

use crate::{span, table};

const WIDEST_REASON: usize = 80;

/// What to do about dead letters.
#[derive(Subcommand)]
pub(crate) enum DlqCommand {
    /// List what was put aside and has not gone back, of a topic or of all
    List {
        /// The topic: users.events, excursions.events, orders.events, notifications.events
        topic: Option<String>,
    },
    /// Show a record that waits: headers, reason, payload
    Show {
        /// The topic
        topic: String,
        /// Which, as `list` names it: PARTITION:OFFSET
        #[arg(value_parser = place)]
        record: (i32, i64),
    },
    /// Send all that waits back to its topic
    ///
    /// Each record goes back with its key, payload and own headers, in the order in which the records were put aside,
    /// those of one key behind each other, and once: how far the topic has been re-driven is stored after each. A run that
    /// dies, or another one at the same time, may send a record twice, under the same event id; consumers that have taken
    /// it up pass over it, so that it takes effect once. It comes behind what was published meanwhile. What still cannot be
    /// processed is put aside anew.
    Redrive {
        /// The topic
        topic: String,
        /// Only tell what it would be
        #[arg(long)]
        dry_run: bool,
    },
}

/// Why dead letters were not dealt with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DlqError {
    /// A setting is wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The broker.
    #[error(transparent)]
    Redrive(#[from] RedriveError),
    /// No such record waits.
    #[error("no record {0}:{1} waits on {2}.dlq")]
    NotThere(i32, i64, String),
}

/// Does what the command says.
pub(crate) async fn run(environment: &Environment, command: DlqCommand) -> Result<(), DlqError> {
    let brokers = config::kafka_brokers(environment)?;
    let of = |topic: &str| DeadLetters::of(&brokers, topic);
    match command {
        DlqCommand::List { topic } => {
            let topics = topic.map_or_else(all_topics, |topic| vec![topic]);
            let mut rows = Vec::new();
            for topic in topics {
                rows.extend(
                    of(&topic)?
                        .waiting()
                        .await?
                        .iter()
                        .map(|letter| row(&topic, letter)),
                );
            }
            table::print(HEAD, &rows);
        }
        DlqCommand::Show { topic, record } => {
            let waiting = of(&topic)?.waiting().await?;
            let found = waiting
                .iter()
                .find(|letter| (letter.partition(), letter.offset()) == record);
            show(found.ok_or_else(|| DlqError::NotThere(record.0, record.1, topic.clone()))?);
        }
        DlqCommand::Redrive { topic, dry_run } => redrive(&of(&topic)?, &topic, dry_run).await?,
    }
    Ok(())
}

async fn redrive(letters: &DeadLetters, topic: &str, dry_run: bool) -> Result<(), DlqError> {
    let waiting = letters.waiting().await?;
    let rows: Vec<_> = waiting.iter().map(|letter| row(topic, letter)).collect();
    table::print(HEAD, &rows);
    if dry_run {
        println!("{} would go back to {topic}; nothing was done", waiting.len());
        return Ok(());
    }
    for letter in &waiting {
        letters.redrive(letter).await?;
    }
    println!("{} went back to {topic}", waiting.len());
    Ok(())
}

fn all_topics() -> Vec<String> {
    Topic::ALL.iter().map(|topic| topic.name().to_owned()).collect()
}

const HEAD: [&str; 6] = ["TOPIC", "RECORD", "TYPE", "KEY", "PUT ASIDE", "REASON"];

fn row(topic: &str, letter: &DeadLetter) -> [String; 6] {
    let reason = format!(
        "{}: {}",
        letter.header("dlq_consumer"),
        letter.header("dlq_reason")
    );
    [
        topic.to_owned(),
        format!("{}:{}", letter.partition(), letter.offset()),
        letter.header("ce_type"),
        letter.key(),
        letter.put_aside_at().map_or_else(String::new, ago),
        reason.chars().take(WIDEST_REASON).collect(),
    ]
}

fn ago(time: DateTime<Utc>) -> String {
    format!("{} ago", span::since(time))
}

fn show(letter: &DeadLetter) {
    println!("key: {}", letter.key());
    for (name, value) in letter.headers() {
        println!("{name}: {value}");
    }
    println!("\n{}", letter.payload());
}

fn place(text: &str) -> Result<(i32, i64), String> {
    let parse = || {
        let (partition, offset) = text.split_once(':')?;
        Some((partition.parse().ok()?, offset.parse().ok()?))
    };
    parse().ok_or_else(|| "a record is named PARTITION:OFFSET, such as 3:17".to_owned())
}
