//! Commands of participants: in batches, each answered on its own.

use async_graphql::Enum;

use super::ClientError;

const MAX_BATCH: usize = 1_000;

/// What became of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(inaccessible)]
pub enum CommandStatus {
    /// It took effect, now or when it came before.
    Done,
    /// It was decided against; nothing happened.
    Rejected,
}

/// Makes sure that a batch has 1 to 1,000 commands.
///
/// # Errors
/// [`ClientError::BadUserInput`].
pub fn check_batch<Command>(commands: &[Command]) -> Result<(), ClientError> {
    if (1..=MAX_BATCH).contains(&commands.len()) {
        return Ok(());
    }
    Err(ClientError::BadUserInput {
        argument: "commands",
        message: format!("must be 1 to {MAX_BATCH} commands, are {}", commands.len()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batch_has_bounds() {
        assert!(check_batch(&[(); 0]).is_err());
        assert!(check_batch(&[(); 1]).is_ok());
        assert!(check_batch(&[(); MAX_BATCH]).is_ok());
        assert!(check_batch(&[(); MAX_BATCH + 1]).is_err());
    }
}
