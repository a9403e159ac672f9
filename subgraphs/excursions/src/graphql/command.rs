//! What the participant's commands have in common.

use service::graphql::{CommandStatus, ErrorCode};

use crate::model::rejection::Rejection;

/// Status, code and message of an outcome.
pub fn told<T>(outcome: &Result<T, Rejection>) -> (CommandStatus, Option<ErrorCode>, Option<String>) {
    match outcome {
        Ok(_) => (CommandStatus::Done, None, None),
        Err(rejection) => (
            CommandStatus::Rejected,
            Some(rejection.code()),
            Some(rejection.to_string()),
        ),
    }
}
