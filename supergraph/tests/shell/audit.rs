//! `excursions audit`, on databases filled as for measurements.

use std::process::Command;

use crate::support::{Shell, five_databases, write};

const FILL: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../bench/fill.sh");
const USERS: usize = 0;
const BILLING: usize = 1;
const EXCURSIONS: usize = 2;
const ORDERS: usize = 3;
const NOTIFICATIONS: usize = 4;

/// The id of the nth order of the filling; the first nineteen are confirmed.
fn order(n: u32) -> String {
    format!("00000005-0000-7000-8000-{n:012x}")
}

async fn fill(shell: &Shell, orders: u32) {
    let mut command = Command::new(FILL);
    command.arg(orders.to_string()).envs(shell.settings());
    let output = tokio::task::spawn_blocking(move || command.output())
        .await
        .unwrap()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[tokio::test]
async fn every_violation_is_found_among_orders_that_are_in_order() {
    let databases = five_databases().await;
    let shell = Shell::on_all(&databases).with("AUDIT_PATIENCE_SECONDS", "0");
    fill(&shell, 2_000).await;
    let told = shell.prints(&["audit"]).await;
    assert_eq!(told, "audit: 2000 orders, all invariants hold\n");

    let wrongs = [
        (
            BILLING,
            "UPDATE accounts SET balance = balance + 1 WHERE id = '00000002-0000-7000-8000-000000000001'".to_owned(),
            "invariant 2: account 00000002-0000-7000-8000-000000000001 holds".to_owned(),
        ),
        (
            EXCURSIONS,
            "UPDATE departures SET seats_taken = seats_taken + 1 WHERE id = '00000004-0000-7000-8000-000000000001'"
                .to_owned(),
            "invariant 3: departure 00000004-0000-7000-8000-000000000001".to_owned(),
        ),
        (
            ORDERS,
            format!("UPDATE orders SET total_minor = total_minor + 1 WHERE id = '{}'", order(3)),
            format!("invariant 4: order {} is CONFIRMED at 2501: charged 2500, refunded 0", order(3)),
        ),
        (
            EXCURSIONS,
            format!(
                "UPDATE reservations SET status = 'released', released_at = now() WHERE order_id = '{}'",
                order(4)
            ),
            format!("invariant 4: order {} is CONFIRMED for 1 seats: reserved None", order(4)),
        ),
        (
            ORDERS,
            format!("DELETE FROM tickets WHERE order_id = '{0}'; DELETE FROM orders WHERE id = '{0}'", order(5)),
            format!("invariant 4: money or seats are held for order {}, which does not exist", order(5)),
        ),
        (
            ORDERS,
            format!("DELETE FROM tickets WHERE order_id = '{}'", order(6)),
            format!("invariant 4: order {} is CONFIRMED with 0 tickets for 1 seats", order(6)),
        ),
        (
            ORDERS,
            format!(
                "ALTER TABLE orders DROP CONSTRAINT orders_one_per_customer_and_key;
                 UPDATE orders SET idempotency_key = '{}' WHERE id = '{}'",
                order(7),
                order(107)
            ),
            format!("has 2 orders with the key {}", order(7)),
        ),
        (
            ORDERS,
            format!("UPDATE orders SET status = 'PENDING' WHERE id = '{}'", order(8)),
            format!("invariant 6: order {} is PENDING and no saga goes on with it", order(8)),
        ),
        (
            USERS,
            "INSERT INTO outbox (id, aggregatetype, aggregateid, type, payload)
             VALUES (gen_random_uuid(), 'user', 'ann', 'UserRegistered', '{}')"
                .to_owned(),
            "invariant 7: 1 events of users are not published".to_owned(),
        ),
        (
            NOTIFICATIONS,
            format!("DELETE FROM notifications WHERE order_id = '{}'", order(9)),
            format!("invariant 8: order {} is CONFIRMED: mails", order(9)),
        ),
        (
            NOTIFICATIONS,
            format!(
                "ALTER TABLE notifications DROP CONSTRAINT notifications_once_per_order_and_kind;
                 INSERT INTO notifications SELECT gen_random_uuid(), user_id, kind, recipient, subject, body, order_id, sent_at
                 FROM notifications WHERE order_id = '{}'",
                order(10)
            ),
            format!("invariant 8: order {} has 2 mails of kind ORDER_CONFIRMED", order(10)),
        ),
    ];
    for (database, wrong, expected) in wrongs {
        write(&databases[database], &wrong).await;
        let ran = shell.run(&["audit"]).await;
        assert!(
            !ran.succeeded && ran.out.contains(&expected),
            "{expected}: {ran:?}"
        );
    }
}

#[tokio::test]
async fn orders_that_were_given_up_are_told_with_what_they_hold() {
    let databases = five_databases().await;
    let shell = Shell::on_all(&databases).with("AUDIT_PATIENCE_SECONDS", "0");
    fill(&shell, 200).await;
    let (given_up, in_flight) = (order(3), order(4));
    let sagas = format!(
        "INSERT INTO sagas (id, definition, version, subject, status, direction, position, step, state, entries, ended_at)
         VALUES ('{given_up}', 'book-excursion', 1, '{given_up}', 'ABANDONED', 'FORWARD', 3, 'confirm', '{{}}', 1, now()),
                ('{in_flight}', 'book-excursion', 1, '{in_flight}', 'PARKED', 'FORWARD', 3, 'confirm', '{{}}', 1, NULL);
         DELETE FROM tickets WHERE order_id IN ('{given_up}', '{in_flight}');
         UPDATE orders SET status = 'PENDING' WHERE id IN ('{given_up}', '{in_flight}')"
    );
    write(&databases[ORDERS], &sagas).await;
    let told = shell.prints(&["audit"]).await;
    let line = format!(
        "given up: order {given_up} is PENDING: charged 5000, refunded 0 minor units of EUR, 2 seats held\n"
    );
    assert_eq!(
        told,
        format!("{line}audit: 200 orders, all invariants hold; 1 given up by a person\n")
    );
}
