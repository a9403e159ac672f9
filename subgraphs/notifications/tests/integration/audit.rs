//! What the audit counts and finds.

use diesel_async::SimpleAsyncConnection;
use notifications::audit::{Mail, audit, mails};
use notifications::model::notification::Kind;
use service::audit::all_buckets;

use super::events::Order;
use super::harness::{consume, database, registered};

#[tokio::test]
async fn mails_are_counted_by_order_and_kind() {
    let database = database().await;
    let order = Order::of(registered(&database).await);
    consume(&database, &[order.confirmed(), order.cancelled()])
        .await
        .unwrap();
    let mut connection = database.pool.get().await.unwrap();
    let one = |kind| Mail {
        order_id: order.id,
        kind,
        count: 1,
    };
    assert_eq!(
        mails(&mut connection, &all_buckets()).await.unwrap(),
        [one(Kind::OrderCancelled), one(Kind::OrderConfirmed)]
    );
    assert_eq!(audit(&mut connection).await.unwrap(), []);
}

#[tokio::test]
async fn doubled_mails_are_found() {
    let database = database().await;
    let order = Order::of(registered(&database).await);
    consume(&database, &[order.confirmed()]).await.unwrap();
    let mut connection = database.pool.get().await.unwrap();
    // As if the constraints had not been there.
    connection
        .batch_execute(
            "ALTER TABLE notifications DROP CONSTRAINT notifications_once_per_order_and_kind;
             DROP INDEX notifications_one_welcome_per_user;
             INSERT INTO notifications
                SELECT gen_random_uuid(), user_id, kind, recipient, subject, body, order_id, sent_at FROM notifications",
        )
        .await
        .unwrap();
    let found = audit(&mut connection).await.unwrap();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found.iter().all(|violation| violation.invariant == 8));
    assert!(found[0].message.contains(&order.id.to_string()), "{}", found[0]);
}
