//! `excursions outbox`.

use service::ServiceName;
use service::database::MigrationSet;
use service::testing::TestDatabase;

use crate::support::{Shell, write};

#[tokio::test]
async fn what_is_not_published_is_told_service_by_service() {
    let migrations: [(ServiceName, fn() -> MigrationSet); 5] = [
        (ServiceName::Users, users::migrations),
        (ServiceName::Billing, billing::migrations),
        (ServiceName::Excursions, excursions::migrations),
        (ServiceName::Orders, orders::migrations),
        (ServiceName::Notifications, notifications::migrations),
    ];
    let mut shell = Shell::default();
    let mut databases = Vec::new();
    for (service, migrations) in migrations {
        let database = TestDatabase::new(service, migrations).await;
        shell = shell.on(service, &database);
        databases.push(database);
    }
    let orders = "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload, created_at)
        SELECT gen_random_uuid(), 'order', 'order-' || n, 'OrderPlaced', '{}', now() - (10 - n) * interval '1 minute'
        FROM generate_series(1, 3) n";
    write(&databases[3], orders).await;

    let told = shell.prints(&["outbox", "--rows", "2"]).await;
    let lines: Vec<Vec<&str>> = told
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert!(lines.contains(&vec!["users", "0", "-"]), "{told}");
    assert!(lines.contains(&vec!["orders", "3", "9m"]), "{told}");
    assert!(
        told.contains("order-1") && told.contains("order-2"),
        "the first two: {told}"
    );
    assert!(!told.contains("order-3"), "{told}");
}
