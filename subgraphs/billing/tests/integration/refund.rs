use serde_json::{Value, json};
use service::id::OrderId;
use uuid::Uuid;

use super::harness::{Billing, customer};

fn done(order: Uuid, refunded: Option<&str>) -> Value {
    let money = refunded.map(|amount| json!({ "amount": amount, "currency": "EUR" }));
    json!({ "orderId": order, "status": "DONE", "refunded": money, "code": null, "message": null })
}

#[tokio::test]
async fn refund_gives_back_what_was_charged_once() {
    let billing = Billing::start().await;
    let owner = billing.customer_with("50").await;
    let order = Uuid::now_v7();
    billing.charge(&[(order, owner, "20")]).await;
    for _ in 0..2 {
        let outcomes = billing.refund(&[order, order]).await;
        assert_eq!(outcomes, [done(order, Some("20.00")), done(order, Some("20.00"))]);
    }
    assert_eq!(billing.balance(owner).await, "50.00");

    let fields =
        "entries(first: 1) { nodes { kind amount { amount } balanceAfter { amount } order { id } } }";
    let account = billing.account(customer(owner), owner, fields).await;
    let entry = json!({
        "kind": "REFUND",
        "amount": { "amount": "20.00" },
        "balanceAfter": { "amount": "50.00" },
        "order": { "id": order },
    });
    assert_eq!(account["entries"]["nodes"], json!([entry]));
    assert_eq!(billing.audit().await, []);
}

#[tokio::test]
async fn refund_that_overtakes_its_charge_wins() {
    let billing = Billing::start().await;
    let owner = billing.customer_with("50").await;
    let order = Uuid::now_v7();
    assert_eq!(billing.refund(&[order]).await, [done(order, None)]);
    let outcomes = billing.charge(&[(order, owner, "20")]).await;
    assert_eq!(outcomes[0]["code"], "CONFLICT");
    assert_eq!(billing.refund(&[order]).await, [done(order, None)]);
    assert_eq!(billing.balance(owner).await, "50.00");
    assert_eq!(billing.audit().await, []);
}

#[tokio::test]
async fn order_that_was_refunded_is_not_charged_again() {
    let billing = Billing::start().await;
    let owner = billing.customer_with("50").await;
    let order = Uuid::now_v7();
    billing.charge(&[(order, owner, "20")]).await;
    billing.refund(&[order]).await;
    let outcomes = billing.charge(&[(order, owner, "20")]).await;
    assert_eq!(outcomes[0]["code"], "CONFLICT");
    assert_eq!(billing.balance(owner).await, "50.00");
}

#[tokio::test]
async fn batch_refunds_many_customers_and_leaves_tombstones() {
    let billing = Billing::start().await;
    let (one, other) = (
        billing.customer_with("30").await,
        billing.customer_with("30").await,
    );
    let orders: [Uuid; 4] = std::array::from_fn(|_| Uuid::now_v7());
    billing
        .charge(&[
            (orders[0], one, "10"),
            (orders[1], other, "30"),
            (orders[2], one, "20"),
        ])
        .await;
    let outcomes = billing.refund(&[orders[3], orders[2], orders[1]]).await;
    assert_eq!(
        outcomes,
        [
            done(orders[3], None),
            done(orders[2], Some("20.00")),
            done(orders[1], Some("30.00")),
        ]
    );
    assert_eq!(billing.balance(one).await, "20.00");
    assert_eq!(billing.balance(other).await, "30.00");

    let payments = billing.payments().await;
    let sums: Vec<_> = payments
        .iter()
        .map(|payment| (payment.order_id, payment.charged, payment.refunded))
        .collect();
    let id = |index: usize| OrderId::from(orders[index]);
    assert_eq!(sums, [(id(0), 1000, 0), (id(1), 3000, 3000), (id(2), 2000, 2000)]);
    assert!(payments.iter().all(|payment| payment.currency == "EUR"));
    assert_eq!(billing.audit().await, []);
}
