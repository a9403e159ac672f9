//! A test: something plays on a stage of its own, and after it all books are in order.
//!
//! The audit compares databases that change while it reads them, so it looks when nobody acts: tests of one binary act
//! side by side, and each audits alone.

use tokio::sync::RwLock;

use crate::audit::audit;
use crate::teller::Teller;
use crate::{Failure, Stage};

static ACTING: RwLock<()> = RwLock::const_new(());

/// Plays beside others, then audits; what came of the play.
///
/// # Errors
/// What did not go as it should.
pub async fn scene<T>(play: impl AsyncFnOnce(&Stage) -> Result<T, Failure>) -> Result<T, Failure> {
    let stage = Stage::new(Teller::Silent)?;
    let played = {
        let _beside_others = ACTING.read().await;
        play(&stage).await?
    };
    let _alone = ACTING.write().await;
    audit(&stage.stack).await?;
    Ok(played)
}

/// Plays alone, since it disturbs the stack, then audits.
///
/// # Errors
/// What did not go as it should.
pub async fn scene_alone(play: impl AsyncFnOnce(&Stage) -> Result<(), Failure>) -> Result<(), Failure> {
    let _alone = ACTING.write().await;
    let stage = Stage::new(Teller::Silent)?;
    play(&stage).await?;
    audit(&stage.stack).await?;
    Ok(())
}
