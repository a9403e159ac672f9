//! The points of the story that disturb nobody, a test each.

use tests::scene::scene;
use tests::{Failure, story};

#[tokio::test]
async fn customer_registers_and_has_an_account_and_a_mail() -> Result<(), Failure> {
    scene(async |stage| story::register(stage, "Ada").await.map(drop)).await
}

#[tokio::test]
async fn operator_publishes_an_excursion_and_departures() -> Result<(), Failure> {
    scene(async |stage| story::publish(stage).await.map(drop)).await
}

#[tokio::test]
async fn customer_tops_up_searches_and_books() -> Result<(), Failure> {
    scene(async |stage| {
        let ada = story::register(stage, "Ada").await?;
        let programme = story::publish(stage).await?;
        story::book(stage, &ada, &programme).await.map(drop)
    })
    .await
}

#[tokio::test]
async fn repeated_booking_is_the_first_one() -> Result<(), Failure> {
    scene(async |stage| {
        let ada = story::register(stage, "Ada").await?;
        let programme = story::publish(stage).await?;
        let booking = story::book(stage, &ada, &programme).await?;
        story::repeat(stage, &ada, &programme, &booking).await
    })
    .await
}

#[tokio::test]
async fn booking_without_money_or_seats_is_turned_down_and_undone() -> Result<(), Failure> {
    scene(async |stage| {
        let programme = story::publish(stage).await?;
        story::refusals(stage, &programme).await
    })
    .await
}

#[tokio::test]
async fn cancelled_order_gives_back_money_and_seats() -> Result<(), Failure> {
    scene(async |stage| {
        let ada = story::register(stage, "Ada").await?;
        let programme = story::publish(stage).await?;
        let booking = story::book(stage, &ada, &programme).await?;
        story::cancel_order(stage, &ada, &programme, &booking).await
    })
    .await
}
