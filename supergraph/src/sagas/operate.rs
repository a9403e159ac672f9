//! Sending sagas on, and giving them up.

use std::process::ExitCode;

use clap::Args;
use saga::journal::SagaRecord;
use saga::{Journal, OperatorAction, SagaId};
use uuid::Uuid;

use super::filter::FilterArgs;
use super::{SagasError, list};

/// The most sagas of one command, as of the API's.
const MOST: usize = 1_000;

/// Which sagas, who and why.
#[derive(Args)]
pub(crate) struct OperateArgs {
    /// These sagas; or give a filter
    #[arg(
        required_unless_present_any = ["status", "definition", "step", "stuck_for"],
        conflicts_with_all = ["status", "definition", "step", "stuck_for"],
    )]
    ids: Vec<Uuid>,
    #[command(flatten)]
    filter: FilterArgs,
    /// Why, for the journal
    #[arg(long)]
    reason: String,
    /// Who, for the journal
    #[arg(long, env = "USER")]
    who: String,
    /// Only tell which sagas it would be
    #[arg(long)]
    dry_run: bool,
}

/// Applies a command to the sagas that it fits. Ends with 1 where one that was named could not be moved.
pub(super) async fn operate(
    journal: &Journal,
    action: OperatorAction,
    args: OperateArgs,
) -> Result<ExitCode, SagasError> {
    let named = args.ids.len();
    let (fitting, others) = if args.ids.is_empty() {
        (
            journal.fitting(action, &args.filter.into_filter(), MOST).await?,
            Vec::new(),
        )
    } else {
        let sagas = find(journal, &args.ids).await?;
        sagas.into_iter().partition(|saga| action.fits(&saga.status))
    };
    for saga in &others {
        println!(
            "{} is {}: {}",
            saga.id,
            saga.shown_status(),
            why_not(action, saga)
        );
    }
    if args.dry_run {
        list::print(&fitting);
        println!(
            "{}: {} would; nothing was done",
            past(action),
            sagas(fitting.len())
        );
    } else {
        let ids: Vec<SagaId> = fitting.iter().map(|saga| SagaId(saga.id)).collect();
        let moved = journal.operate(action, &ids, &args.who, &args.reason).await?;
        let moved: Vec<Uuid> = moved.into_iter().map(|id| id.0).collect();
        list::print(&journal.sagas(&moved).await?);
        println!("{}: {}", past(action), sagas(moved.len()));
        if named == 0 && fitting.len() == MOST {
            println!("that is as many as one command takes: repeat it for the rest");
        }
        if moved.len() < named {
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(if others.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn find(journal: &Journal, ids: &[Uuid]) -> Result<Vec<SagaRecord>, SagasError> {
    let sagas = journal.sagas(ids).await?;
    let missing: Vec<Uuid> = ids
        .iter()
        .copied()
        .filter(|id| sagas.iter().all(|saga| saga.id != *id))
        .collect();
    if missing.is_empty() {
        Ok(sagas)
    } else {
        Err(SagasError::NoSuchSaga(missing))
    }
}

fn why_not(action: OperatorAction, saga: &SagaRecord) -> &'static str {
    match action {
        OperatorAction::Retry if saga.unknown => "it goes on by itself once a process knows its version",
        OperatorAction::Retry => "only a parked saga can be sent on",
        OperatorAction::Abandon => "it has ended",
    }
}

const fn past(action: OperatorAction) -> &'static str {
    match action {
        OperatorAction::Retry => "sent on",
        OperatorAction::Abandon => "given up",
    }
}

fn sagas(count: usize) -> String {
    if count == 1 {
        "1 saga".to_owned()
    } else {
        format!("{count} sagas")
    }
}
