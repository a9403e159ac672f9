//! The caller as resolvers see it.

use std::sync::Arc;

use async_graphql::{Context, Result};

use super::{Role, TokenError};
use crate::graphql::ClientError;
use crate::id::UserId;

/// A user whose token holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Who.
    pub id: UserId,
    /// What the user may do.
    pub role: Role,
    /// When the token expires, in seconds since 1970.
    pub expires_at: i64,
}

/// Who sends a request. The endpoint puts it into the request's data.
#[derive(Clone, Debug)]
pub enum Caller {
    /// No token.
    Nobody,
    /// A token that does not hold, and why.
    Refused(Arc<TokenError>),
    /// A user.
    User(Principal),
    /// Another service, by name.
    Service(String),
}

impl Caller {
    /// The caller of a token that does not hold.
    #[must_use]
    pub fn refused(error: TokenError) -> Self {
        Self::Refused(Arc::new(error))
    }

    /// The user, if it is one.
    ///
    /// # Errors
    /// UNAUTHENTICATED with the reason, FORBIDDEN for a service, a fault where the token could not be checked.
    pub fn principal(&self) -> Result<Principal> {
        match self {
            Self::User(principal) => Ok(*principal),
            Self::Nobody => Err(ClientError::Unauthenticated(
                "send an access token in the Authorization header".into(),
            )
            .into()),
            Self::Refused(error) => Err(refusal(error)),
            Self::Service(_) => Err(ClientError::Forbidden("this is for users, not for services").into()),
        }
    }

    /// The user, if the request has a token that holds; for fields that show more to some.
    #[must_use]
    pub fn user(&self) -> Option<Principal> {
        match self {
            Self::User(principal) => Some(*principal),
            _ => None,
        }
    }
}

fn refusal(error: &Arc<TokenError>) -> async_graphql::Error {
    match error.as_ref() {
        TokenError::Unverifiable(_) => async_graphql::Error::new_with_source(Arc::clone(error)),
        error => ClientError::Unauthenticated(error.to_string()).into(),
    }
}

fn caller<'a>(context: &Context<'a>) -> &'a Caller {
    context.data_opt::<Caller>().unwrap_or(&Caller::Nobody)
}

/// The user who calls.
///
/// # Errors
/// As [`Caller::principal`].
pub fn user(context: &Context<'_>) -> Result<Principal> {
    caller(context).principal()
}

/// The operator who calls.
///
/// # Errors
/// As [`Caller::principal`], and FORBIDDEN for customers.
pub fn operator(context: &Context<'_>) -> Result<Principal> {
    let principal = user(context)?;
    if principal.role.is_operator() {
        Ok(principal)
    } else {
        Err(ClientError::Forbidden("only operators may do this").into())
    }
}

/// Makes sure that a service calls; guards the participants' commands.
///
/// # Errors
/// FORBIDDEN for users, UNAUTHENTICATED for anybody else.
pub fn service(context: &Context<'_>) -> Result<()> {
    match caller(context) {
        Caller::Service(_) => Ok(()),
        Caller::User(_) => Err(ClientError::Forbidden("only services may do this").into()),
        Caller::Nobody => Err(ClientError::Unauthenticated("a service token is needed".into()).into()),
        Caller::Refused(error) => Err(refusal(error)),
    }
}
