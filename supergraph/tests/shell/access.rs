//! `excursions token`, `excursions promote`.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use secrecy::ExposeSecret;
use serde_json::Value;
use service::ServiceName;
use service::auth::new_signing_key;
use service::testing::TestDatabase;

use crate::support::{Shell, write};

const ANN: &str = "01a20000-0000-7000-8000-00000000000a";

async fn shell() -> (Shell, TestDatabase) {
    let database = TestDatabase::new(ServiceName::Users, users::migrations).await;
    let user = format!(
        "INSERT INTO users (id, email, name, role, password_hash)
         VALUES ('{ANN}', 'Ann@example.com', 'Ann', 'CUSTOMER', '$argon2id$')"
    );
    write(&database, &user).await;
    let key = std::env::temp_dir().join(format!("key-{}.pem", uuid::Uuid::new_v4()));
    std::fs::write(&key, new_signing_key().unwrap().expose_secret()).unwrap();
    let shell = Shell::default()
        .on(ServiceName::Users, &database)
        .with("USERS_SIGNING_KEY_FILE", key.to_str().unwrap())
        .with("ACCESS_TOKEN_SECONDS", "60");
    (shell, database)
}

fn claims(token: &str) -> Value {
    let body = token.trim().split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(body).unwrap()).unwrap()
}

#[tokio::test]
async fn token_is_the_users_and_says_the_role_that_was_given() {
    let (shell, _database) = shell().await;
    let token = shell.prints(&["token", "ann@example.com"]).await;
    assert_eq!(
        token.lines().count(),
        1,
        "the token alone can be caught in a variable"
    );
    let first = claims(&token);
    assert_eq!((&first["sub"], &first["role"]), (&ANN.into(), &"CUSTOMER".into()));
    let lifetime = first["exp"].as_i64().unwrap() - first["iat"].as_i64().unwrap();
    assert_eq!(lifetime, 60);

    let promoted = shell.prints(&["promote", "ANN@example.com", "operator"]).await;
    assert!(promoted.starts_with("Ann@example.com is Operator"), "{promoted}");
    let token = shell.prints(&["token", "ann@example.com"]).await;
    assert_eq!(claims(&token)["role"], "OPERATOR");
}

#[tokio::test]
async fn who_is_not_there_gets_nothing_and_the_last_administrator_stays() {
    let (shell, _database) = shell().await;
    for arguments in [
        &["token", "bob@example.com"][..],
        &["promote", "bob@example.com", "admin"],
    ] {
        let ran = shell.run(arguments).await;
        assert!(
            !ran.succeeded && ran.out.is_empty() && ran.err.contains("no"),
            "{ran:?}"
        );
    }
    shell.prints(&["promote", "ann@example.com", "ADMIN"]).await;
    let ran = shell.run(&["promote", "ann@example.com", "customer"]).await;
    assert!(
        !ran.succeeded && ran.err.contains("the last administrator stays one"),
        "{ran:?}"
    );
    let ran = shell.run(&["promote", "ann@example.com", "king"]).await;
    assert!(
        !ran.succeeded && ran.err.contains("customer, operator or admin"),
        "{ran:?}"
    );
}
