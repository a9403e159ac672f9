//! Rows and their SQL, one aggregate a file.

mod cancellation;
mod order;
mod order_cancellation;
mod status;
mod ticket;

pub use cancellation::{Cancellation, CancellationId, CancellationOutcome, NewCancellation};
pub use order::{NewOrder, Order, OrderFilter, PlaceOutcome};
pub use order_cancellation::{CancelOutcome, NewOrderCancellation};
pub use status::{CancellationStatus, OrderStatus};
pub use ticket::{Ticket, TicketId, new_code};

/// Why a change could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// No connection.
    #[error("no connection to the database")]
    Pool(#[from] service::database::PoolError),
    /// The database failed.
    #[error("the change cannot be written")]
    Database(#[from] diesel::result::Error),
    /// An event or a saga's state cannot be written as JSON.
    #[error("an event cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// Nothing is accepted any more.
    #[error("the process is stopping")]
    Stopping,
}
