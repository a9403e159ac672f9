//! Waiting for what comes by itself. Time-outs are generous, since they only bound how long a broken stack is waited for.

use std::time::{Duration, Instant};

use crate::Failure;

/// How long anything is waited for.
pub const PATIENCE: Duration = Duration::from_secs(90);
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// Looks again and again until there is something.
///
/// # Errors
/// The look's own, or [`Failure::NeverCame`] where nothing came for too long.
pub async fn until<T>(
    what: impl Into<String>,
    mut look: impl AsyncFnMut() -> Result<Option<T>, Failure>,
) -> Result<T, Failure> {
    let began = Instant::now();
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        if began.elapsed() >= PATIENCE {
            return Err(Failure::NeverCame {
                what: what.into(),
                waited: PATIENCE,
            });
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}
