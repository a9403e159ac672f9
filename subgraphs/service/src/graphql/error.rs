//! Top-level errors that a client caused. Everything else that a resolver fails with is a fault, and masked.

/// What a client did wrong, apart from what a mutation's payload says. Its text is safe to show.
///
/// Resolvers return it with `?`; the endpoint writes its code into `extensions.code`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// No token, or one that does not hold.
    #[error("authentication is needed: {0}")]
    Unauthenticated(String),
    /// The caller may not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// An argument is out of its bounds.
    #[error("{argument}: {message}")]
    BadUserInput {
        /// The argument.
        argument: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// Too many requests.
    #[error("too many requests, try again in {retry_after_seconds} s")]
    RateLimited {
        /// When to try again.
        retry_after_seconds: u64,
    },
}

impl ClientError {
    /// The code in `extensions.code`, in Apollo's vocabulary.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated(_) => "UNAUTHENTICATED",
            Self::Forbidden(_) => "FORBIDDEN",
            Self::BadUserInput { .. } => "BAD_USER_INPUT",
            Self::RateLimited { .. } => "RATE_LIMITED",
        }
    }
}

/// A fault as resolvers return it: its text is the whole chain of causes, which is logged; the client sees none of it.
/// A bare `?` does as well, but logs the outermost cause only.
pub fn fault(error: impl std::error::Error + Send + Sync + 'static) -> async_graphql::Error {
    let text = crate::error_chain(&error);
    let mut fault = async_graphql::Error::new_with_source(error);
    fault.message = text;
    fault
}
