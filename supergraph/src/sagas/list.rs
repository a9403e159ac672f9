//! Sagas as a table.

use std::process::ExitCode;

use saga::Journal;
use saga::journal::{SagaRecord, Slice};

use super::SagasError;
use super::filter::FilterArgs;
use crate::{span, table};

/// A reason is cut where it would make the table unreadable; `show` has it all.
const WIDEST_REASON: usize = 80;

/// Lists sagas, newest first.
pub(super) async fn list(journal: &Journal, filter: FilterArgs, limit: u16) -> Result<ExitCode, SagasError> {
    let newest = Slice {
        after: None,
        before: None,
        backward: true,
        limit: i64::from(limit),
    };
    let sagas = journal.list(&filter.into_filter(), newest).await?;
    print(&sagas);
    if sagas.len() == usize::from(limit) {
        println!("there may be more than {limit}: see --limit");
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints sagas.
pub(super) fn print(sagas: &[SagaRecord]) {
    let head = [
        "SAGA",
        "DEFINITION",
        "STATUS",
        "STEP",
        "ATTEMPTS",
        "BEGAN",
        "MOVED",
        "REASON",
    ];
    let rows: Vec<_> = sagas.iter().map(row).collect();
    table::print(head, &rows);
}

fn row(saga: &SagaRecord) -> [String; 8] {
    let reason = saga.reason().unwrap_or_default();
    let cut: String = reason
        .lines()
        .next()
        .unwrap_or_default()
        .chars()
        .take(WIDEST_REASON)
        .collect();
    [
        saga.id.to_string(),
        format!("{} {}", saga.definition, saga.version),
        saga.shown_status().to_owned(),
        saga.step.clone(),
        saga.attempts.to_string(),
        format!("{} ago", span::since(saga.created_at)),
        format!("{} ago", span::since(saga.updated_at)),
        cut,
    ]
}
