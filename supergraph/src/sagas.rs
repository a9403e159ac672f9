//! `excursions sagas`: what a person sees of sagas and does about them, from a shell, on the orders' database. The same
//! functions of the journal stand behind the API's `sagas`, `retrySagas` and `abandonSagas`.

mod filter;
mod list;
mod operate;
mod show;

use std::process::ExitCode;

use clap::Subcommand;
use saga::{Journal, JournalError, OperatorAction, Registry};
use service::ServiceName;
use service::config::Environment;
use uuid::Uuid;

use crate::databases::{ConnectError, pool};
use filter::FilterArgs;
use operate::OperateArgs;

/// What to do about sagas.
#[derive(Subcommand)]
pub(crate) enum SagasCommand {
    /// List sagas, newest first
    ///
    /// PARKED ones need a person. A live one whose version no process knows shows as PARKED, too; it goes on by itself
    /// once a process that knows the version runs.
    List {
        #[command(flatten)]
        filter: FilterArgs,
        /// At most so many
        #[arg(long, default_value_t = 50)]
        limit: u16,
    },
    /// Show a saga, and its journal in plain words
    Show {
        /// Its id; that of a booking is its order's
        id: Uuid,
    },
    /// Send parked sagas on: the step that each is parked at is tried anew, with a fresh policy
    Retry(OperateArgs),
    /// Give sagas up: what each did stands as it is, and nothing drives it any more
    ///
    /// The last resort, where retrying cannot help: an order whose saga is given up keeps the money and the seats that it
    /// had at that moment, and says so; `excursions audit` lists what that is.
    Abandon(OperateArgs),
}

/// Why a command about sagas did not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SagasError {
    /// No connection.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Ids that are no sagas'.
    #[error("nothing was done: there is no saga {}", .0.iter().map(Uuid::to_string).collect::<Vec<_>>().join(", "))]
    NoSuchSaga(Vec<Uuid>),
}

/// Does what the command says.
pub(crate) async fn run(environment: &Environment, command: SagasCommand) -> Result<ExitCode, SagasError> {
    // The commands of the journal ask for no definitions: what no process knows can be listed and given up as well.
    let journal = Journal::new(
        pool(environment, ServiceName::Orders)?.connections(),
        Registry::default(),
    );
    match command {
        SagasCommand::List { filter, limit } => list::list(&journal, filter, limit).await,
        SagasCommand::Show { id } => show::show(&journal, id).await,
        SagasCommand::Retry(args) => operate::operate(&journal, OperatorAction::Retry, args).await,
        SagasCommand::Abandon(args) => operate::operate(&journal, OperatorAction::Abandon, args).await,
    }
}
