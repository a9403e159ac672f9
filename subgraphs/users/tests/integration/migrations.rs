use service::database::{migrate, pending, revert};

use super::kit::Users;

#[tokio::test]
async fn database_can_be_taken_back_and_made_again() {
    let users = Users::new().await;
    users.customer("ada@example.com").await;
    revert(&users.database.url, users::migrations()).await.unwrap();
    let ours = "pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '%diesel%'";
    assert_eq!(users.count(ours).await, 0);
    migrate(&users.database.url, users::migrations()).await.unwrap();
    assert!(
        pending(&users.database.url, users::migrations())
            .await
            .unwrap()
            .is_empty()
    );
    users.customer("ada@example.com").await;
}

/// The rules of the types stand in SQL too, under names.
#[tokio::test]
async fn constraints_hold_what_the_types_promise() {
    use diesel::result::Error::DatabaseError;
    use diesel_async::SimpleAsyncConnection;

    let users = Users::new().await;
    let insert = |email: &str, name: &str, role: &str, hash: &str| {
        format!(
            "INSERT INTO users (id, email, name, role, password_hash)
             VALUES (gen_random_uuid(), '{email}', '{name}', '{role}', '{hash}')"
        )
    };
    users.customer("ada@example.com").await;
    let cases = [
        (
            insert("ADA@example.com", "Ada", "CUSTOMER", "$argon2id$x"),
            "users_email_unique",
        ),
        (
            insert("eve@exämple.com", "Eve", "CUSTOMER", "$argon2id$x"),
            "users_email_ascii",
        ),
        (insert("", "Eve", "CUSTOMER", "$argon2id$x"), "users_email_length"),
        (
            insert("eve@example.com", "", "CUSTOMER", "$argon2id$x"),
            "users_name_length",
        ),
        (
            insert("eve@example.com", "Eve", "EMPEROR", "$argon2id$x"),
            "users_role_known",
        ),
        (
            insert("eve@example.com", "Eve", "CUSTOMER", "secret"),
            "users_password_hash_argon2id",
        ),
        (
            "UPDATE sessions SET expires_at = started_at".to_owned(),
            "sessions_expire_later",
        ),
        (
            "INSERT INTO refresh_tokens (hash, session_id) SELECT sha256('x'), id FROM sessions".to_owned(),
            "refresh_tokens_one_unused",
        ),
        (
            "UPDATE refresh_tokens SET hash = 'plain'".to_owned(),
            "refresh_tokens_hash_sha256",
        ),
    ];
    let mut connection = users.connection().await;
    for (statement, constraint) in cases {
        let refused = connection.batch_execute(&statement).await.unwrap_err();
        let DatabaseError(_, information) = &refused else {
            panic!("{statement}: {refused}");
        };
        assert_eq!(information.constraint_name(), Some(constraint), "{statement}");
    }
}
