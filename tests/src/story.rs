//! The story, in eight points. Each plays on a stage, tells what happens and holds it against what it should be.
//!
//! The points before it set the scene for each: who wants to play the sixth plays the first three before. The last two
//! pause and kill processes of the stack.

mod book;
mod cancel_departure;
mod cancel_order;
mod crash;
mod held_up;
mod publish;
mod refusals;
mod register;
mod repeat;

use crate::{Failure, Stage};

pub use book::{Booking, book};
pub use cancel_departure::cancel_departure;
pub use cancel_order::cancel_order;
pub use crash::crash;
pub use held_up::HeldUp;
pub use publish::{Programme, publish};
pub use refusals::refusals;
pub use register::register;
pub use repeat::repeat;

/// The whole story.
///
/// # Errors
/// What is not as told.
pub async fn play(stage: &Stage) -> Result<(), Failure> {
    let ada = register(stage, "Ada").await?;
    let programme = publish(stage).await?;
    let booking = book(stage, &ada, &programme).await?;
    repeat(stage, &ada, &programme, &booking).await?;
    refusals(stage, &programme).await?;
    cancel_order(stage, &ada, &programme, &booking).await?;
    cancel_departure(stage, &programme).await?;
    crash(stage, &programme).await
}
