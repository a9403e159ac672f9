//! What the five subgraphs share of the graph: scalars, money, the two kinds of errors, pages, and the HTTP endpoint.
//!
//! What a user can cause is data: a [`UserError`] in a mutation's payload. Top-level errors are left for
//! authentication, validation and faults ([`ClientError`] or anything else, which is masked).

mod command;
mod endpoint;
mod error;
pub mod http;
mod limits;
mod loader_tasks;
mod mask;
mod money;
pub(crate) mod operation;
mod operation_span;
mod page;
mod scalar;
mod user_error;

pub use command::{CommandStatus, check_batch};
pub use endpoint::{Endpoint, GraphqlSchema, endpoint};
pub use error::{ClientError, fault};
pub use limits::{Limits, cost_of_page, parsed};
pub use loader_tasks::LoaderTasks;
pub use mask::mask;
pub use money::{MoneyInput, MoneyObject};
pub use operation::Operation;
pub use page::{Cursor, IdCursor, Opaque, Page, TimeCursor};
pub use scalar::{CurrencyCode, DecimalString};
pub use user_error::{ErrorCode, MutationError, UserError, UserErrors};
