//! One saga: how it stands, and its journal in plain words.

use std::process::ExitCode;

use orders::sagas::plain_words;
use saga::Journal;
use saga::journal::{JournalEntry, SagaRecord};
use uuid::Uuid;

use super::SagasError;

/// Shows a saga.
pub(super) async fn show(journal: &Journal, id: Uuid) -> Result<ExitCode, SagasError> {
    let found = journal.sagas(&[id]).await?.pop();
    let saga = found.ok_or_else(|| SagasError::NoSuchSaga(vec![id]))?;
    println!(
        "saga        {} ({} version {})",
        saga.id, saga.definition, saga.version
    );
    println!("status      {}", status(&saga));
    if let Some(reason) = saga.reason() {
        println!("reason      {reason}");
    }
    for (what, value) in about(&saga) {
        println!("{what:<12}{value}");
    }
    println!("began       {}", saga.created_at.format(TIME));
    println!("moved       {}", saga.updated_at.format(TIME));
    println!();
    for entry in journal.entries(&[id]).await? {
        println!("{}", line(&entry));
    }
    Ok(ExitCode::SUCCESS)
}

const TIME: &str = "%Y-%m-%d %H:%M:%S%.3f UTC";

fn status(saga: &SagaRecord) -> String {
    let direction = if saga.direction == "BACKWARD" {
        "undoing "
    } else {
        ""
    };
    let attempts = match saga.attempts {
        0 => String::new(),
        failed => format!(", {failed} failed attempts"),
    };
    format!("{} at {direction}{}{attempts}", saga.shown_status(), saga.step)
}

fn about(saga: &SagaRecord) -> Vec<(&'static str, String)> {
    let trace = saga
        .traceparent
        .as_deref()
        .and_then(|parent| parent.split('-').nth(1));
    [
        ("order", saga.subject.map(|id| id.to_string())),
        ("started by", saga.parent.map(|id| id.to_string())),
        ("trace", trace.map(str::to_owned)),
    ]
    .into_iter()
    .filter_map(|(what, value)| Some((what, value?)))
    .collect()
}

fn line(entry: &JournalEntry) -> String {
    let step = entry.step.as_deref().unwrap_or_default();
    let said = plain_words(entry).unwrap_or_else(|| entry.kind.clone());
    format!("{}  {step:<13}  {said}", entry.at.format(TIME)).replace(" UTC", "")
}
