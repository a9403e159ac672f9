use async_graphql::futures_util::future::join_all;
use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use service::auth::Role;
use users::model;

use super::kit::{PASSWORD, Users, address, refusals};

const REFUSED: &str = "INVALID_CREDENTIALS";

fn token(session: &Value) -> &str {
    session["refreshToken"].as_str().unwrap()
}

async fn assert_refused(users: &Users, token: &str) {
    let payload = users.refresh(token).await;
    assert_eq!(payload["session"], Value::Null);
    assert_eq!(refusals(&payload), [(REFUSED, "input.refreshToken".to_owned())]);
}

#[tokio::test]
async fn refresh_token_is_traded_for_the_next_pair() {
    let users = Users::new().await;
    let (user, mut session) = users.customer("ada@example.com").await;
    for _ in 0..3 {
        let payload = users.refresh(token(&session)).await;
        assert_eq!(payload["errors"], json!([]));
        let next = payload["session"].clone();
        assert_ne!(next["refreshToken"], session["refreshToken"]);
        assert_eq!(next["user"]["id"], user.id.to_string());
        session = next;
    }
    assert_eq!(users.count("sessions").await, 1);
}

#[tokio::test]
async fn second_use_of_a_token_ends_its_session_and_no_other() {
    let users = Users::new().await;
    let (_, first) = users.customer("ada@example.com").await;
    let other = users.log_in("ada@example.com", PASSWORD).await["session"].clone();
    let second = users.refresh(token(&first)).await["session"].clone();
    let third = users.refresh(token(&second)).await["session"].clone();

    assert_refused(&users, token(&first)).await;
    assert_refused(&users, token(&third)).await;
    assert_eq!(users.refresh(token(&other)).await["errors"], json!([]));
}

#[tokio::test]
async fn of_refreshes_at_the_same_time_at_most_one_wins_and_the_session_ends() {
    let users = Users::new().await;
    let (_, session) = users.customer("ada@example.com").await;
    let payloads = join_all((0..10).map(|_| users.refresh(token(&session)))).await;
    let won: Vec<_> = payloads
        .iter()
        .filter(|payload| payload["session"].is_object())
        .collect();
    assert_eq!(won.len(), 1);
    assert_refused(&users, token(&won[0]["session"])).await;
    assert_eq!(users.count("sessions").await, 0);
}

#[tokio::test]
async fn refresh_and_log_out_at_the_same_time_leave_no_session() {
    let users = Users::new().await;
    for round in 0..10 {
        let (_, session) = users.customer(&format!("ada{round}@example.com")).await;
        let (refreshed, ended) = tokio::join!(users.refresh(token(&session)), users.log_out(token(&session)));
        assert_eq!(ended, json!({ "errors": [] }));
        if refreshed["session"].is_object() {
            assert_refused(&users, token(&refreshed["session"])).await;
        }
        assert_eq!(users.count("sessions").await, 0);
    }
}

#[tokio::test]
async fn expired_session_is_not_refreshed() {
    let users = Users::new().await;
    let (_, session) = users.customer("ada@example.com").await;
    users
        .sql("UPDATE sessions SET started_at = now() - interval '31 days', expires_at = now() - interval '1 s'")
        .await;
    assert_refused(&users, token(&session)).await;
}

#[tokio::test]
async fn refresh_puts_the_expiry_off_by_its_setting() {
    let users = Users::with(&[("REFRESH_TOKEN_DAYS", "7")]).await;
    let (_, session) = users.customer("ada@example.com").await;
    users
        .sql("UPDATE sessions SET expires_at = now() + interval '1 minute'")
        .await;
    users.refresh(token(&session)).await;
    let in_a_week =
        "sessions WHERE expires_at BETWEEN now() + interval '6 days 23 hours' AND now() + interval '7 days'";
    assert_eq!(users.count(in_a_week).await, 1);
}

#[tokio::test]
async fn refresh_shows_the_role_of_today() {
    let users = Users::new().await;
    let (user, session) = users.customer("ada@example.com").await;
    model::promote(
        &mut *users.connection().await,
        &address(&user.email),
        Role::Operator,
    )
    .await
    .unwrap()
    .unwrap();
    let payload = users.refresh(token(&session)).await;
    assert_eq!(payload["session"]["user"]["role"], "OPERATOR");
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_refused_and_changes_nothing() {
    let users = Users::new().await;
    users.customer("ada@example.com").await;
    let before = users.everything().await;
    let unknown = "A".repeat(43);
    for text in ["", "token", &unknown, &"A".repeat(100_000)] {
        assert_refused(&users, text).await;
    }
    assert_eq!(users.everything().await, before);
}

#[tokio::test]
async fn log_out_ends_the_session_and_may_be_repeated() {
    let users = Users::new().await;
    let (_, session) = users.customer("ada@example.com").await;
    let other = users.log_in("ada@example.com", PASSWORD).await["session"].clone();
    for _ in 0..2 {
        assert_eq!(users.log_out(token(&session)).await, json!({ "errors": [] }));
    }
    assert_refused(&users, token(&session)).await;
    assert_eq!(users.refresh(token(&other)).await["errors"], json!([]));
}

#[tokio::test]
async fn log_out_works_with_a_used_token() {
    let users = Users::new().await;
    let (_, first) = users.customer("ada@example.com").await;
    let second = users.refresh(token(&first)).await["session"].clone();
    users.log_out(token(&first)).await;
    assert_refused(&users, token(&second)).await;
}

#[tokio::test]
async fn log_out_with_bad_input_changes_nothing() {
    let users = Users::new().await;
    users.customer("ada@example.com").await;
    let before = users.everything().await;
    for text in ["", "token", &"A".repeat(44)] {
        let payload = users.log_out(text).await;
        assert_eq!(
            refusals(&payload),
            [("INVALID_INPUT", "input.refreshToken".to_owned())]
        );
    }
    // Whether a well-formed token is known is nobody's business.
    assert_eq!(users.log_out(&"A".repeat(43)).await, json!({ "errors": [] }));
    assert_eq!(users.everything().await, before);
}

#[tokio::test]
async fn only_what_has_expired_is_forgotten() {
    let users = Users::new().await;
    let (_, live) = users.customer("ada@example.com").await;
    let live = users.refresh(token(&live)).await["session"].clone();
    users
        .sql("UPDATE refresh_tokens SET used_at = now() - interval '31 days' WHERE used_at IS NOT NULL")
        .await;
    users.customer("eve@example.com").await;
    users
        .sql(
            "UPDATE sessions SET started_at = now() - interval '31 days', expires_at = now() - interval '1 s'
             WHERE user_id = (SELECT id FROM users WHERE email = 'eve@example.com')",
        )
        .await;
    let used_before = Utc::now() - TimeDelta::days(30);
    let forgotten = model::forget_ended(&mut *users.connection().await, used_before).await;
    assert_eq!(forgotten.unwrap(), 2);
    assert_eq!(users.count("refresh_tokens").await, 1);
    assert_eq!(users.refresh(token(&live)).await["errors"], json!([]));
}
