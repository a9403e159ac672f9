use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use service::auth::Caller;
use service::id::UserId;
use uuid::Uuid;

use super::harness::{Billing, Charge, customer, operator, orders_service};

fn codes(outcomes: &[Value]) -> Vec<Option<&str>> {
    outcomes.iter().map(|outcome| outcome["code"].as_str()).collect()
}

#[tokio::test]
async fn charge_takes_the_price_once() {
    let billing = Billing::start().await;
    let owner = billing.customer_with("50").await;
    let order = Uuid::now_v7();
    let expected = json!({
        "orderId": order,
        "status": "DONE",
        "charged": { "amount": "20.50", "currency": "EUR" },
        "code": null,
        "message": null,
    });
    for _ in 0..3 {
        let outcomes = billing
            .charge(&[(order, owner, "20.50"), (order, owner, "20.5")])
            .await;
        assert_eq!(outcomes, [expected.clone(), expected.clone()]);
    }
    assert_eq!(billing.balance(owner).await, "29.50");

    let fields =
        "entries(first: 1) { nodes { kind amount { amount } balanceAfter { amount } order { id } } }";
    let account = billing.account(customer(owner), owner, fields).await;
    let entry = json!({
        "kind": "CHARGE",
        "amount": { "amount": "-20.50" },
        "balanceAfter": { "amount": "29.50" },
        "order": { "id": order },
    });
    assert_eq!(account["entries"]["nodes"], json!([entry]));
    assert_eq!(billing.audit().await, []);
}

#[tokio::test]
async fn each_charge_stands_on_its_own() {
    let billing = Billing::start().await;
    let (rich, poor, stranger) = (
        billing.customer_with("100").await,
        billing.customer_with("1").await,
        UserId::new(),
    );
    let command = |customer: UserId, amount: &str, currency: &str| {
        json!({
            "orderId": Uuid::now_v7(),
            "customerId": customer,
            "amount": { "amount": amount, "currency": currency },
        })
    };
    let outcomes = billing
        .charge_commands(vec![
            command(rich, "60", "EUR"),
            command(poor, "1.01", "EUR"),
            command(rich, "40.01", "EUR"),
            command(rich, "10", "USD"),
            command(stranger, "10", "EUR"),
            command(rich, "0", "EUR"),
            command(rich, "-5", "EUR"),
            command(rich, "0.001", "EUR"),
            command(rich, "92233720368547758.07", "EUR"),
            command(rich, "40", "EUR"),
        ])
        .await;
    let expected = [
        None,
        Some("INSUFFICIENT_FUNDS"),
        Some("INSUFFICIENT_FUNDS"),
        Some("CURRENCY_MISMATCH"),
        Some("INSUFFICIENT_FUNDS"),
        Some("INVALID_INPUT"),
        Some("INVALID_INPUT"),
        Some("INVALID_INPUT"),
        Some("INSUFFICIENT_FUNDS"),
        None,
    ];
    assert_eq!(codes(&outcomes), expected);
    assert_eq!(
        outcomes[1]["message"],
        "the account holds 1.00 EUR, the price is 1.01 EUR"
    );
    for outcome in &outcomes {
        let done = outcome["code"].is_null();
        assert_eq!(outcome["status"], if done { "DONE" } else { "REJECTED" });
        assert_eq!(outcome["charged"].is_null(), !done);
    }
    assert_eq!(billing.balance(rich).await, "0.00");
    assert_eq!(billing.balance(poor).await, "1.00");
    assert_eq!(billing.balance(stranger).await, "0.00");
    assert_eq!(billing.audit().await, []);
}

#[tokio::test]
async fn order_is_charged_once_whoever_pays() {
    let billing = Billing::start().await;
    let (one, other) = (
        billing.customer_with("10").await,
        billing.customer_with("10").await,
    );
    let order = Uuid::now_v7();
    billing.charge(&[(order, one, "5")]).await;
    let outcomes = billing.charge(&[(order, one, "6"), (order, other, "5")]).await;
    assert_eq!(codes(&outcomes), [Some("CONFLICT"), Some("CONFLICT")]);
    assert_eq!(billing.balance(one).await, "5.00");
    assert_eq!(billing.balance(other).await, "10.00");
}

#[tokio::test]
async fn commands_are_for_services() {
    let billing = Billing::start().await;
    let charge = "mutation($commands: [ChargeCommand!]!) { charge(commands: $commands) { status } }";
    let refund = "mutation($commands: [RefundCommand!]!) { refund(commands: $commands) { status } }";
    for command in [charge, refund] {
        let commands = json!({ "commands": [] });
        for caller in [customer(UserId::new()), operator()] {
            assert_eq!(
                billing.refusal(caller, command, commands.clone()).await,
                "FORBIDDEN"
            );
        }
        let code = billing.refusal(Caller::Nobody, command, commands).await;
        assert_eq!(code, "UNAUTHENTICATED");
    }
}

#[tokio::test]
async fn batch_has_bounds() {
    let billing = Billing::start().await;
    let query = "mutation($commands: [RefundCommand!]!) { refund(commands: $commands) { status } }";
    for length in [0, 1_001] {
        let commands: Vec<Value> = (0..length)
            .map(|_| json!({ "orderId": Uuid::now_v7() }))
            .collect();
        let variables = json!({ "commands": commands });
        let code = billing.refusal(orders_service(), query, variables).await;
        assert_eq!(code, "BAD_USER_INPUT");
    }
    let orders: Vec<Uuid> = (0..1_000).map(|_| Uuid::now_v7()).collect();
    assert_eq!(billing.refund(&orders).await.len(), 1_000);
}

/// What a batch is about, without the ids: order and customer by number.
type Numbers = Vec<(usize, usize, u32)>;

/// Answers, and balances afterwards, of customers who had 1.00, 0.50 and nothing.
async fn outcome(billing: &Billing, numbers: &Numbers, together: bool) -> (Vec<Value>, Vec<String>) {
    let orders: Vec<Uuid> = (0..8).map(|_| Uuid::now_v7()).collect();
    let customers = [
        billing.customer_with("1.00").await,
        billing.customer_with("0.50").await,
        UserId::new(),
    ];
    let prices: Vec<String> = numbers
        .iter()
        .map(|(_, _, cents)| format!("0.{cents:02}"))
        .collect();
    let charges: Vec<Charge<'_>> = numbers
        .iter()
        .zip(&prices)
        .map(|((order, customer, _), price)| (orders[*order], customers[*customer], price.as_str()))
        .collect();
    let mut outcomes = Vec::new();
    for batch in charges.chunks(if together { charges.len() } else { 1 }) {
        outcomes.extend(billing.charge(batch).await);
    }
    for outcome in &mut outcomes {
        outcome["orderId"].take();
    }
    let mut balances = Vec::new();
    for customer in &customers[..2] {
        balances.push(billing.balance(*customer).await);
    }
    (outcomes, balances)
}

#[test]
fn batch_is_carried_out_as_its_commands_one_by_one() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let billing = runtime.block_on(Billing::start());
    let config = Config {
        cases: 40,
        failure_persistence: None,
        ..Config::default()
    };
    let numbers = prop::collection::vec((0..8_usize, 0..3_usize, 1..70_u32), 1..20);
    let result = TestRunner::new(config).run(&numbers, |numbers| {
        runtime.block_on(async {
            let together = outcome(&billing, &numbers, true).await;
            let apart = outcome(&billing, &numbers, false).await;
            prop_assert_eq!(together, apart);
            prop_assert_eq!(billing.audit().await, []);
            Ok(())
        })
    });
    result.unwrap();
    drop(billing);
}
