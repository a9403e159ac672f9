//! Why a subscription cannot begin or go on.

use async_graphql::ErrorExtensions;
use service::database::PoolError;
use service::graphql::ClientError;

/// Why a subscription cannot begin or go on.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The cursor points to where no entry can have been.
    #[error("after: not a cursor of a subscription")]
    NotACursor,
    /// What came after the cursor is partly deleted.
    #[error(
        "what came after this cursor is no longer kept: read the current state, then subscribe without `after`"
    )]
    Expired,
    /// The subscriber did not keep up, or the process stops serving it.
    #[error("the stream was cut: subscribe again, with `after` set to the last cursor that you have seen")]
    Cut,
    /// The tailer has not reached the database yet.
    #[error("the live feed has not begun yet")]
    NotBegun,
    /// No connection.
    #[error("the live feed has no connection to the database: {0}")]
    Pool(#[from] PoolError),
    /// Entries cannot be read.
    #[error("the live feed cannot be read: {0}")]
    Read(#[from] diesel::result::Error),
}

impl FeedError {
    /// The error as clients see it: with a code where they can do something about it, else as a fault.
    #[must_use]
    pub fn into_graphql(self) -> async_graphql::Error {
        let coded = |code| {
            async_graphql::Error::new(self.to_string())
                .extend_with(|_, extensions| extensions.set("code", code))
        };
        match &self {
            Self::NotACursor => ClientError::BadUserInput {
                argument: "after",
                message: "not a cursor of a subscription".to_owned(),
            }
            .into(),
            Self::Expired => coded("CURSOR_EXPIRED"),
            Self::Cut => coded("RESUME"),
            Self::NotBegun | Self::Pool(_) | Self::Read(_) => async_graphql::Error::new_with_source(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_are_told_what_they_can_do_and_not_what_broke() {
        let code = |error: FeedError| {
            let error = error.into_graphql();
            let code = error
                .extensions
                .as_ref()
                .and_then(|extensions| extensions.get("code").cloned());
            (code, error.source.is_some())
        };
        assert_eq!(code(FeedError::Cut), (Some("RESUME".into()), false));
        assert_eq!(code(FeedError::Expired), (Some("CURSOR_EXPIRED".into()), false));
        // What has a source and is no client's error is masked.
        let broken = FeedError::Read(diesel::result::Error::BrokenTransactionManager);
        assert_eq!(code(broken), (None, true));
    }
}
