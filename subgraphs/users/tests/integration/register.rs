use async_graphql::futures_util::future::join_all;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use service::auth::Caller;

use super::kit::{PASSWORD, Users, codes, refusals};

#[tokio::test]
async fn customer_is_registered_logged_in_and_announced() {
    let users = Users::new().await;
    let payload = users
        .register(json!({ "email": " Ada@Example.com ", "password": PASSWORD, "name": "  Ada Lovelace " }))
        .await;
    assert_eq!(payload["errors"], json!([]));
    let user = &payload["session"]["user"];
    assert_eq!(user["email"], "Ada@Example.com");
    assert_eq!(user["name"], "Ada Lovelace");
    assert_eq!(user["role"], "CUSTOMER");

    let events = users.events().await;
    assert_eq!(events.len(), 1);
    let (event, key, announced) = &events[0];
    assert_eq!(event, "user/UserRegistered");
    assert_eq!(user["id"], key.as_str());
    let registered_at = |value: &Value| value.as_str().unwrap().parse::<DateTime<Utc>>().unwrap();
    assert_eq!(
        registered_at(&announced["registeredAt"]),
        registered_at(&user["createdAt"])
    );
    assert_eq!(
        announced,
        &json!({
            "userId": user["id"],
            "email": "Ada@Example.com",
            "name": "Ada Lovelace",
            "role": "CUSTOMER",
            "registeredAt": announced["registeredAt"],
        })
    );
}

#[tokio::test]
async fn secrets_are_stored_as_hashes_only() {
    let users = Users::new().await;
    let (_, session) = users.customer("ada@example.com").await;
    let stored = users.everything().await.to_string();
    assert!(stored.contains("$argon2id$"), "{stored}");
    assert!(!stored.contains(PASSWORD));
    assert!(!stored.contains(session["refreshToken"].as_str().unwrap()));
}

#[tokio::test]
async fn address_is_taken_in_any_case() {
    let users = Users::new().await;
    users.customer("ada@example.com").await;
    let before = users.everything().await;
    let payload = users
        .register(json!({ "email": "ADA@EXAMPLE.COM", "password": "another password", "name": "Eve" }))
        .await;
    assert_eq!(payload["session"], Value::Null);
    assert_eq!(refusals(&payload), [("EMAIL_TAKEN", "input.email".to_owned())]);
    assert_eq!(users.everything().await, before);
}

#[tokio::test]
async fn of_registrations_at_the_same_time_one_gets_the_address() {
    let users = Users::new().await;
    let payloads = join_all((0..10).map(|i| {
        let email = if i % 2 == 0 {
            "ada@example.com"
        } else {
            "Ada@Example.Com"
        };
        users.register(json!({ "email": email, "password": PASSWORD, "name": "Ada" }))
    }))
    .await;
    let (won, lost): (Vec<_>, Vec<_>) = payloads
        .iter()
        .partition(|payload| payload["session"].is_object());
    assert_eq!(won.len(), 1);
    for payload in lost {
        assert_eq!(refusals(payload), [("EMAIL_TAKEN", "input.email".to_owned())]);
    }
    assert_eq!(users.count("users").await, 1);
    assert_eq!(users.count("sessions").await, 1);
    assert_eq!(users.events().await.len(), 1);
}

#[tokio::test]
async fn bad_input_is_refused_field_by_field_and_changes_nothing() {
    let users = Users::new().await;
    let before = users.everything().await;
    let long = |length: usize| "x".repeat(length);
    let cases = [
        ("", PASSWORD, "Ada", vec!["email"]),
        ("ada", PASSWORD, "Ada", vec!["email"]),
        ("ada@example", PASSWORD, "Ada", vec!["email"]),
        (&format!("ada@{}.com", long(300)), PASSWORD, "Ada", vec!["email"]),
        ("ada@example.com", "", "Ada", vec!["password"]),
        ("ada@example.com", "seven77", "Ada", vec!["password"]),
        ("ada@example.com", &long(129), "Ada", vec!["password"]),
        ("ada@example.com", PASSWORD, "", vec!["name"]),
        ("ada@example.com", PASSWORD, "  \t ", vec!["name"]),
        ("ada@example.com", PASSWORD, &long(101), vec!["name"]),
        ("ada@example.com", PASSWORD, "A\0da", vec!["name"]),
        ("ada@example.com", PASSWORD, "Ada\nBcc: all", vec!["name"]),
        ("nobody", "short", "", vec!["email", "password", "name"]),
    ];
    for (email, password, name, fields) in cases {
        let payload = users
            .register(json!({ "email": email, "password": password, "name": name }))
            .await;
        assert_eq!(payload["session"], Value::Null);
        let expected: Vec<_> = fields
            .iter()
            .map(|field| ("INVALID_INPUT", format!("input.{field}")))
            .collect();
        assert_eq!(refusals(&payload), expected, "{email:?} {password:?} {name:?}");
    }
    assert_eq!(users.everything().await, before);
}

#[tokio::test]
async fn longest_input_is_taken() {
    let users = Users::new().await;
    let payload = users
        .register(json!({
            "email": format!("{}@{}.example.com", "l".repeat(64), "d".repeat(63)),
            "password": "я".repeat(128),
            "name": "ё".repeat(100),
        }))
        .await;
    assert_eq!(payload["errors"], json!([]));
}

#[tokio::test]
async fn missing_field_is_an_error_of_the_request() {
    let users = Users::new().await;
    let document = "mutation ($input: RegisterInput!) { register(input: $input) { errors { code } } }";
    let input = json!({ "input": { "email": "ada@example.com", "name": "Ada" } });
    let response = users.ask(Caller::Nobody, document, input).await;
    assert_eq!(codes(&response["errors"]), ["BAD_USER_INPUT"]);
    assert_eq!(users.count("users").await, 0);
}
