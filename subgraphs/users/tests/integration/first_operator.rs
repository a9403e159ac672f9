use std::sync::Arc;
use std::time::Duration;

use async_graphql::futures_util::future::join_all;
use diesel_async::SimpleAsyncConnection;
use service::auth::Role;
use tokio_util::sync::CancellationToken;
use users::config::FirstOperator;
use users::first_operator::{ensure, set_up};
use users::model::User;

use super::kit::{PASSWORD, Users, address};

const EMAIL: &str = "operator@example.com";

async fn users() -> (Users, FirstOperator) {
    let users = Users::with(&[("OPERATOR_EMAIL", EMAIL), ("OPERATOR_PASSWORD", PASSWORD)]).await;
    let operator = users.settings.first_operator.clone().unwrap();
    (users, operator)
}

#[tokio::test]
async fn first_operator_is_an_administrator_who_can_log_in() {
    let (users, operator) = users().await;
    ensure(&users.app, &operator).await.unwrap();
    let payload = users.log_in(EMAIL, PASSWORD).await;
    assert_eq!(payload["session"]["user"]["role"], "ADMIN");
    let (event, _, announced) = users.events().await.pop().unwrap();
    assert_eq!(event, "user/UserRegistered");
    assert_eq!(announced["email"], EMAIL);
    assert_eq!(announced["role"], "ADMIN");
}

#[tokio::test]
async fn starting_again_changes_nothing() {
    let (users, operator) = users().await;
    let first = ensure(&users.app, &operator).await.unwrap();
    let before = users.everything().await;
    let other_password = FirstOperator {
        password: "another password".parse().unwrap(),
        email: address("Operator@Example.com"),
    };
    for operator in [operator, other_password] {
        assert_eq!(ensure(&users.app, &operator).await.unwrap(), first);
    }
    assert_eq!(users.everything().await, before);
}

#[tokio::test]
async fn processes_that_start_together_make_one_operator() {
    let (users, operator) = users().await;
    let made = join_all((0..8).map(|_| ensure(&users.app, &operator))).await;
    let made: Vec<_> = made.into_iter().map(Result::unwrap).collect();
    assert!(made.iter().all(|user| *user == made[0]));
    assert_eq!(users.count("users").await, 1);
    assert_eq!(users.events().await.len(), 1);
}

#[tokio::test]
async fn user_of_that_address_stays_as_it_is() {
    let (users, operator) = users().await;
    let (ada, _) = users.customer(EMAIL).await;
    assert_eq!(ensure(&users.app, &operator).await.unwrap(), ada);
    assert_eq!(users.find(ada.id).await.role, Role::Customer);
}

#[tokio::test]
async fn operator_is_set_up_when_the_tables_come_late() {
    let (users, operator) = users().await;
    users.sql("ALTER TABLE users RENAME TO users_to_come").await;
    let shutdown = CancellationToken::new();
    let mut setting_up = tokio::spawn(set_up(Arc::clone(&users.app), operator, shutdown));
    let too_early = tokio::time::timeout(Duration::from_millis(500), &mut setting_up).await;
    assert!(too_early.is_err(), "it goes on trying");
    let mut connection = users.connection().await;
    connection
        .batch_execute("ALTER TABLE users_to_come RENAME TO users")
        .await
        .unwrap();
    tokio::time::timeout(Duration::from_secs(10), setting_up)
        .await
        .unwrap()
        .unwrap();
    let found = User::find_by_email(&mut connection, &address(EMAIL)).await;
    assert_eq!(found.unwrap().unwrap().role, Role::Admin);
}

#[tokio::test]
async fn shutdown_ends_the_waiting() {
    let (users, operator) = users().await;
    users.sql("ALTER TABLE users RENAME TO users_to_come").await;
    let shutdown = CancellationToken::new();
    let setting_up = tokio::spawn(set_up(Arc::clone(&users.app), operator, shutdown.clone()));
    shutdown.cancel();
    tokio::time::timeout(Duration::from_secs(10), setting_up)
        .await
        .unwrap()
        .unwrap();
}
