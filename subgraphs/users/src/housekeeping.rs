//! Forgets sessions that have expired, now and then, so that their tables do not grow for ever.

use std::sync::Arc;
use std::time::Duration;

use chrono::Utc;
use tokio_util::sync::CancellationToken;

use crate::application::App;
use crate::model;

const PAUSE: Duration = Duration::from_secs(3600);

/// Runs until the shutdown. Several processes may run it: what one has deleted, the others do not find.
pub async fn run(app: Arc<App>, shutdown: CancellationToken) {
    let mut ticks = tokio::time::interval(PAUSE);
    // The first tick is at once: other things matter more at the start.
    ticks.tick().await;
    while shutdown.run_until_cancelled(ticks.tick()).await.is_some() {
        clean(&app).await;
    }
}

async fn clean(app: &App) {
    let mut connection = match app.pool.get().await {
        Ok(connection) => connection,
        Err(error) => return tracing::warn!(%error, "expired sessions stay for another hour"),
    };
    let used_before = Utc::now() - app.refresh_token_lifetime;
    match model::forget_ended(&mut connection, used_before).await {
        Ok(count) => tracing::debug!(count, "forgot expired sessions and tokens"),
        Err(error) => tracing::warn!(%error, "expired sessions stay for another hour"),
    }
}
