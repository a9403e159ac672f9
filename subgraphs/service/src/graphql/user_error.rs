//! What a user can cause, as data in a mutation's payload.

use std::fmt::Display;
use std::str::FromStr;

use async_graphql::resolver_utils::EnumType;
use async_graphql::{Enum, Interface, SimpleObject};
use serde::{Deserialize, Serialize};

/// What a user can cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// A field of the input is missing, malformed or out of its bounds.
    InvalidInput,
    /// What an id names does not exist, or is not the caller's to see.
    NotFound,
    /// The caller may not do this.
    Forbidden,
    /// The thing is not in a state that allows it.
    Conflict,
    /// The idempotency key was used before with another input; nothing happened.
    IdempotencyKeyReused,
    /// Somebody registered with this e-mail address already.
    EmailTaken,
    /// No user has this e-mail address and password.
    InvalidCredentials,
    /// The account holds less than the price.
    InsufficientFunds,
    /// The amount is in another currency than the account.
    CurrencyMismatch,
    /// Fewer seats are left than were asked for.
    SoldOut,
    /// Sales for the departure are closed.
    SalesClosed,
    /// The departure is cancelled.
    DepartureCancelled,
    /// The price changed between quote and reservation.
    PriceChanged,
    /// The departure has begun.
    TooLateToCancel,
}

impl ErrorCode {
    /// The code as it stands in JSON and in databases.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InvalidInput => "INVALID_INPUT",
            Self::NotFound => "NOT_FOUND",
            Self::Forbidden => "FORBIDDEN",
            Self::Conflict => "CONFLICT",
            Self::IdempotencyKeyReused => "IDEMPOTENCY_KEY_REUSED",
            Self::EmailTaken => "EMAIL_TAKEN",
            Self::InvalidCredentials => "INVALID_CREDENTIALS",
            Self::InsufficientFunds => "INSUFFICIENT_FUNDS",
            Self::CurrencyMismatch => "CURRENCY_MISMATCH",
            Self::SoldOut => "SOLD_OUT",
            Self::SalesClosed => "SALES_CLOSED",
            Self::DepartureCancelled => "DEPARTURE_CANCELLED",
            Self::PriceChanged => "PRICE_CHANGED",
            Self::TooLateToCancel => "TOO_LATE_TO_CANCEL",
        }
    }
}

/// A word that is no code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an error code")]
pub struct UnknownCode;

impl FromStr for ErrorCode {
    type Err = UnknownCode;

    fn from_str(word: &str) -> Result<Self, UnknownCode> {
        let items = <Self as EnumType>::items();
        items
            .iter()
            .find(|item| item.name == word)
            .map(|item| item.value)
            .ok_or(UnknownCode)
    }
}

/// One thing that a mutation refused, and where in its input.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
#[graphql(shareable)]
pub struct MutationError {
    /// What went wrong, for programs.
    pub code: ErrorCode,
    /// What went wrong, for people.
    pub message: String,
    /// The input field at fault, from `input` down; empty where it is no single field.
    pub path: Vec<String>,
}

/// Something that a user caused and can mend.
#[derive(Clone, Debug, PartialEq, Eq, Interface)]
#[graphql(
    field(name = "code", ty = "&ErrorCode", desc = "What went wrong, for programs."),
    field(name = "message", ty = "&String", desc = "What went wrong, for people."),
    field(
        name = "path",
        ty = "&Vec<String>",
        desc = "The input field at fault, from `input` down; empty where it is no single field."
    )
)]
pub enum UserError {
    /// The one kind there is so far.
    MutationError(MutationError),
}

impl UserError {
    /// An error about one input field, named as in the schema: `&["amount", "currency"]`; `input` is put before it.
    pub fn at(code: ErrorCode, path: &[&str], message: impl Into<String>) -> Self {
        let path = std::iter::once("input")
            .chain(path.iter().copied())
            .map(str::to_owned)
            .collect();
        Self::MutationError(MutationError {
            code,
            message: message.into(),
            path,
        })
    }

    /// An error about the whole mutation.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self::MutationError(MutationError {
            code,
            message: message.into(),
            path: Vec::new(),
        })
    }
}

/// Collects what is wrong with an input, so that a client hears of all of it at once.
#[derive(Debug, Default)]
pub struct UserErrors(Vec<UserError>);

impl UserErrors {
    /// Nothing wrong yet.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Notes that a field is invalid.
    pub fn invalid(&mut self, path: &[&str], message: impl Into<String>) {
        self.0.push(UserError::at(ErrorCode::InvalidInput, path, message));
    }

    /// Notes any error.
    pub fn push(&mut self, error: UserError) {
        self.0.push(error);
    }

    /// A text without the spaces around it, noted as invalid unless it has `1..=max` characters then.
    pub fn text(&mut self, path: &[&str], text: &str, max: usize) -> String {
        let text = text.trim();
        match text.chars().count() {
            0 => self.invalid(path, "must not be empty"),
            count if count > max => {
                self.invalid(path, format!("must have at most {max} characters, has {count}"));
            }
            _ if text.contains('\0') => self.invalid(path, "must not hold the character U+0000"),
            _ => {}
        }
        text.to_owned()
    }

    /// What a text says, or nothing: then it is noted as invalid, in the words of the type's own error.
    pub fn parse<T: FromStr<Err: Display>>(&mut self, path: &[&str], text: &str) -> Option<T> {
        text.parse()
            .map_err(|error: T::Err| self.invalid(path, error.to_string()))
            .ok()
    }

    /// A number, noted as invalid unless it lies in `min..=max`.
    pub fn number(&mut self, path: &[&str], number: i32, min: i32, max: i32) -> i32 {
        if !(min..=max).contains(&number) {
            self.invalid(path, format!("must be between {min} and {max}, is {number}"));
        }
        number
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was noted; never empty in the error case.
    ///
    /// # Errors
    /// Everything that was noted.
    pub fn into_result(self) -> Result<(), Vec<UserError>> {
        if self.0.is_empty() { Ok(()) } else { Err(self.0) }
    }
}
