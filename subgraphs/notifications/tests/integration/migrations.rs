//! The migrations, there and back.

use super::harness::database;

#[tokio::test]
async fn migrations_can_be_taken_back_and_run_again() {
    let database = database().await;
    service::database::revert(&database.url, notifications::migrations())
        .await
        .unwrap();
    let run = service::database::migrate(&database.url, notifications::migrations())
        .await
        .unwrap();
    assert_eq!(run.len(), 4, "{run:?}");
}
