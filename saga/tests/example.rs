//! What the documentation shows runs, and ends as it says.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A helper that cannot go on fails its test.

#[path = "engine/database.rs"]
mod database;
#[allow(dead_code)] // Its `main` reads the environment of whoever runs it.
#[path = "../examples/trip.rs"]
mod trip;

#[tokio::test]
async fn trip_ends_as_told() {
    let database = database::Database::new().await;
    trip::play(&database.url).await.unwrap();
}
