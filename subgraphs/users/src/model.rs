//! Rows and SQL: an aggregate a file.

mod role;
mod session;
mod user;

pub use role::{RoleRefusal, change_role, promote};
pub use session::{
    Refresh, SessionId, StartedSession, end_session, forget_ended, refresh_session, start_session,
};
pub use user::{Credentials, NewUser, User};

/// Why a change that tells of itself could not be written. The text is the database's.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The database.
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
    /// The event.
    #[error(transparent)]
    Event(#[from] serde_json::Error),
}
