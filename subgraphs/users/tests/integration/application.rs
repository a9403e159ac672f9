//! The service as the binary starts it. There is no broker here: what it publishes is another crate's to test.

use std::time::Duration;

use secrecy::ExposeSecret;
use service::ServiceName;
use service::config::{Environment, ServiceSettings};
use tokio_util::sync::CancellationToken;

use super::kit::{PASSWORD, Users, key_file};

#[tokio::test]
async fn service_starts_sets_up_the_operator_and_stops() {
    let users = Users::new().await;
    let environment = Environment::from_pairs([
        ("USERS_DATABASE_URL", users.database.url.expose_secret()),
        ("USERS_SIGNING_KEY_FILE", key_file().to_str().unwrap()),
        ("USERS_PORT", "0"),
        ("KAFKA_BROKERS", "127.0.0.1:1"),
        ("OPERATOR_EMAIL", "operator@example.com"),
        ("OPERATOR_PASSWORD", PASSWORD),
    ]);
    let settings = ServiceSettings::read(&environment, ServiceName::Users).unwrap();
    let shutdown = CancellationToken::new();
    let application = users::application(settings, &environment, shutdown.clone())
        .await
        .unwrap();
    let running = tokio::spawn(application.run(shutdown.clone()));

    let operator_is_there = async {
        while users.count("users WHERE role = 'ADMIN'").await == 0 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), operator_is_there)
        .await
        .unwrap();

    shutdown.cancel();
    let stopped = tokio::time::timeout(Duration::from_secs(30), running).await;
    stopped.unwrap().unwrap().unwrap();
}
