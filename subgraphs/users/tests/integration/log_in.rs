use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::kit::{PASSWORD, Users, refusals};

#[tokio::test]
async fn address_in_any_case_and_password_start_a_session_of_their_own() {
    let users = Users::new().await;
    let (user, first) = users.customer("ada@example.com").await;
    let payload = users.log_in(" ADA@example.com", PASSWORD).await;
    assert_eq!(payload["errors"], json!([]));
    let second = &payload["session"];
    assert_eq!(second["user"]["id"], user.id.to_string());
    assert_eq!(second["user"]["email"], "ada@example.com");
    assert_ne!(second["refreshToken"], first["refreshToken"]);
    assert_eq!(users.count("sessions").await, 2);
}

#[tokio::test]
async fn what_does_not_fit_is_answered_the_same_whoever_exists() {
    let users = Users::new().await;
    users.customer("ada@example.com").await;
    let before = users.everything().await;
    let wrong = users.log_in("ada@example.com", "correct horse batterx").await;
    assert_eq!(wrong["session"], Value::Null);
    assert_eq!(refusals(&wrong), [("INVALID_CREDENTIALS", String::new())]);
    assert_eq!(users.log_in("eve@example.com", PASSWORD).await, wrong);
    assert_eq!(users.log_in("not an address", PASSWORD).await, wrong);
    assert_eq!(users.log_in("ada@example.com", "x").await, wrong);
    assert_eq!(users.log_in("ada@example.com' OR true --", PASSWORD).await, wrong);
    assert_eq!(users.everything().await, before);
}

#[tokio::test]
async fn bad_input_is_refused_field_by_field_and_changes_nothing() {
    let users = Users::new().await;
    users.customer("ada@example.com").await;
    let before = users.everything().await;
    let both = users.log_in(" ", "").await;
    assert_eq!(
        refusals(&both),
        [
            ("INVALID_INPUT", "input.email".to_owned()),
            ("INVALID_INPUT", "input.password".to_owned())
        ]
    );
    let long = users.log_in(&"a".repeat(255), &"p".repeat(129)).await;
    assert_eq!(refusals(&long), refusals(&both));
    assert_eq!(users.everything().await, before);
}

#[tokio::test]
async fn time_does_not_tell_who_exists() {
    // As costly as in production, so that hashing outweighs all else.
    let users = Users::with(&[
        ("PASSWORD_HASH_MEMORY_KIB", "19456"),
        ("PASSWORD_HASH_PASSES", "2"),
    ])
    .await;
    users.customer("ada@example.com").await;
    for nobody in ["eve@example.com", "not an address"] {
        // Whatever else the machine does only adds to a time: the shortest of many is what a log-in costs.
        let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
        for _ in 0..50 {
            known = known.min(time(&users, "ada@example.com").await);
            unknown = unknown.min(time(&users, nobody).await);
            if unknown > known / 2 {
                break;
            }
        }
        assert!(unknown > known / 2, "{nobody}: {unknown:?}, a user: {known:?}");
    }
}

async fn time(users: &Users, email: &str) -> Duration {
    let started = Instant::now();
    users.log_in(email, "a wrong password").await;
    started.elapsed()
}
