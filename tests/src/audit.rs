//! `excursions audit` on the stack's databases.

use std::path::Path;
use std::process::{Command, Output};

use tokio::task::{JoinError, spawn_blocking};

use crate::stack::Stack;

/// Why the books are not known to be in order.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The command cannot be run.
    #[error("{command} audit cannot be run")]
    Run {
        /// The binary.
        command: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The thread that waited for it broke.
    #[error("the audit broke off")]
    Broken(#[source] JoinError),
    /// It found something.
    #[error("the invariants do not hold:\n{0}")]
    Violations(String),
}

/// Checks all invariants; what the command printed, where they hold.
///
/// # Errors
/// [`AuditError`].
pub async fn audit(stack: &Stack) -> Result<String, AuditError> {
    let binary = stack.binary.clone();
    let output = spawn_blocking(move || run(&binary)).await;
    let output = output.map_err(AuditError::Broken)??;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
    if output.status.success() {
        return Ok(text(&output.stdout));
    }
    let all = [text(&output.stdout), text(&output.stderr)].join("\n");
    Err(AuditError::Violations(all.trim().to_owned()))
}

fn run(binary: &Path) -> Result<Output, AuditError> {
    let output = Command::new(binary).arg("audit").output();
    output.map_err(|source| AuditError::Run {
        command: binary.display().to_string(),
        source,
    })
}
