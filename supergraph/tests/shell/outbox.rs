//! `excursions outbox`.

use crate::support::{Shell, five_databases, write};

#[tokio::test]
async fn what_is_not_published_is_told_service_by_service() {
    let databases = five_databases().await;
    let shell = Shell::on_all(&databases);
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
