//! The points of the story that disturb the stack.

use tests::scene::scene_alone;
use tests::{Failure, story};

#[tokio::test]
async fn cancelled_departure_undoes_all_orders_also_the_one_being_booked() -> Result<(), Failure> {
    scene_alone(async |stage| {
        let programme = story::publish(stage).await?;
        story::cancel_departure(stage, &programme).await
    })
    .await
}

#[tokio::test]
async fn booking_goes_on_by_itself_after_its_orchestrator_was_killed() -> Result<(), Failure> {
    scene_alone(async |stage| {
        let programme = story::publish(stage).await?;
        story::crash(stage, &programme).await
    })
    .await
}
