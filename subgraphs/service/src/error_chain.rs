//! An error with all that caused it, for logs: errors keep their sources out of their own text.

use std::error::Error;

/// The texts of an error and of its causes, from the outermost to the innermost, on one line.
#[must_use]
pub fn error_chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
