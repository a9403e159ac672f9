//! `excursions migrate`.

use service::ServiceName;
use service::testing::TestDatabase;

use crate::support::Shell;

#[tokio::test]
async fn one_service_needs_no_database_but_its_own() {
    let brokers = std::env::var("KAFKA_BROKERS").expect("KAFKA_BROKERS is set by `make test`");
    let database = TestDatabase::empty(ServiceName::Billing).await;
    let shell = Shell::default()
        .on(ServiceName::Billing, &database)
        .with("KAFKA_BROKERS", &brokers);

    let told = shell.prints(&["migrate", "billing"]).await;
    assert!(told.starts_with("billing: "), "{told}");
    assert!(told.ends_with("topics: there\n"), "{told}");
    assert_eq!(told.lines().count(), 2, "{told}");

    let all = shell.run(&["migrate"]).await;
    assert!(
        !all.succeeded && all.err.contains("USERS_DATABASE_URL is not set"),
        "{all:?}"
    );
}
