use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures::future::join_all;
use serde_json::{Value, json};
use service::auth::Caller;
use service::id::UserId;
use uuid::Uuid;

use super::harness::{Billing, customer, orders_service};

fn euros(amount: &str) -> Value {
    json!({ "amount": amount, "currency": "EUR" })
}

#[tokio::test]
async fn deposit_opens_the_account_and_pays_in() {
    let billing = Billing::start().await;
    let owner = UserId::new();
    let payload = billing
        .deposit_with_key(owner, euros("12.5"), Uuid::new_v4())
        .await;
    assert_eq!(
        payload["account"]["balance"],
        json!({ "amount": "12.50", "currency": "EUR" })
    );
    let entry = &payload["entry"];
    assert_eq!(entry["kind"], "DEPOSIT");
    assert_eq!(entry["amount"]["amount"], "12.50");
    assert_eq!(entry["balanceAfter"]["amount"], "12.50");
    assert_eq!(entry["order"], Value::Null);
    assert_eq!(
        (&payload["replayed"], &payload["errors"]),
        (&json!(false), &json!([]))
    );

    billing.deposit(owner, "0.01").await;
    assert_eq!(billing.balance(owner).await, "12.51");
    assert_eq!(billing.audit().await, []);
}

#[tokio::test]
async fn same_key_and_amount_is_the_first_deposit() {
    let billing = Billing::start().await;
    let (owner, key) = (UserId::new(), Uuid::new_v4());
    let first = billing.deposit_with_key(owner, euros("10"), key).await;
    billing.deposit(owner, "5").await;
    let again = billing.deposit_with_key(owner, euros("10.00"), key).await;
    assert_eq!(again["entry"], first["entry"]);
    assert_eq!(again["replayed"], true);
    assert_eq!(again["account"]["balance"]["amount"], "15.00");
}

#[tokio::test]
async fn same_key_and_another_amount_is_refused() {
    let billing = Billing::start().await;
    let (owner, key) = (UserId::new(), Uuid::new_v4());
    billing.deposit_with_key(owner, euros("10"), key).await;
    let reused = billing.deposit_with_key(owner, euros("11"), key).await;
    assert_eq!(reused["errors"][0]["code"], "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(reused["errors"][0]["path"], json!(["input", "idempotencyKey"]));
    assert_eq!(
        (&reused["account"], &reused["entry"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(billing.balance(owner).await, "10.00");
}

#[tokio::test]
async fn key_is_its_callers_own() {
    let billing = Billing::start().await;
    let key = Uuid::new_v4();
    for _ in 0..2 {
        let payload = billing.deposit_with_key(UserId::new(), euros("10"), key).await;
        assert_eq!(payload["replayed"], false);
    }
}

#[tokio::test]
async fn duplicates_at_the_same_time_pay_in_once() {
    let billing = Billing::start().await;
    let (owner, key) = (UserId::new(), Uuid::new_v4());
    let deposits = (0..20).map(|_| billing.deposit_with_key(owner, euros("10"), key));
    let payloads = join_all(deposits).await;
    let fresh = payloads
        .iter()
        .filter(|payload| payload["replayed"] == false)
        .count();
    assert_eq!(fresh, 1);
    assert!(
        payloads
            .iter()
            .all(|payload| payload["entry"] == payloads[0]["entry"])
    );
    assert_eq!(billing.balance(owner).await, "10.00");
}

#[tokio::test]
async fn bad_input_is_told_and_changes_nothing() {
    let billing = Billing::start().await;
    let owner = UserId::new();
    let invalid = ("INVALID_INPUT", vec!["input", "amount", "amount"]);
    let mismatch = ("CURRENCY_MISMATCH", vec!["input", "amount", "currency"]);
    let cases = [
        ("0", "EUR", vec![&invalid]),
        ("-1", "EUR", vec![&invalid]),
        ("0.001", "EUR", vec![&invalid]),
        ("1000000.01", "EUR", vec![&invalid]),
        ("92233720368547758.07", "EUR", vec![&invalid]),
        ("9999999999999999999999999999", "EUR", vec![&invalid]),
        ("10", "USD", vec![&mismatch]),
        ("-10", "JPY", vec![&mismatch, &invalid]),
    ];
    for (amount, currency, expected) in cases {
        let money = json!({ "amount": amount, "currency": currency });
        let payload = billing.deposit_with_key(owner, money, Uuid::new_v4()).await;
        let errors = payload["errors"].as_array().unwrap();
        let found: Vec<_> = errors
            .iter()
            .map(|error| (&error["code"], &error["path"]))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(code, path)| (json!(code), json!(path)))
            .collect();
        let expected: Vec<_> = expected.iter().map(|(code, path)| (code, path)).collect();
        assert_eq!(found, expected, "{amount} {currency}");
        assert_eq!(
            (&payload["account"], &payload["entry"]),
            (&Value::Null, &Value::Null)
        );
    }
    let account = billing.account(customer(owner), owner, "id").await;
    assert_eq!(account, Value::Null, "not even an account was opened");
}

#[tokio::test]
async fn malformed_input_does_not_get_in() {
    let billing = Billing::start().await;
    let query = "mutation($input: DepositInput!) { deposit(input: $input) { replayed } }";
    let key = Uuid::new_v4();
    let inputs = [
        json!({ "amount": euros("ten"), "idempotencyKey": key }),
        json!({ "amount": { "amount": 10.5, "currency": "EUR" }, "idempotencyKey": key }),
        json!({ "amount": { "amount": "10", "currency": "EURO" }, "idempotencyKey": key }),
        json!({ "amount": { "amount": "10" }, "idempotencyKey": key }),
        json!({ "amount": euros("10"), "idempotencyKey": "mine" }),
        json!({ "amount": euros("10") }),
    ];
    for input in inputs {
        let variables = json!({ "input": input });
        let code = billing.refusal(customer(UserId::new()), query, variables).await;
        assert_eq!(code, "BAD_USER_INPUT", "{input}");
    }
}

#[tokio::test]
async fn only_users_deposit() {
    let billing = Billing::start().await;
    let query = "mutation($key: UUID!) {
        deposit(input: { amount: { amount: \"1\", currency: \"EUR\" }, idempotencyKey: $key }) { replayed }
    }";
    for (caller, code) in [
        (Caller::Nobody, "UNAUTHENTICATED"),
        (orders_service(), "FORBIDDEN"),
    ] {
        let variables = json!({ "key": Uuid::new_v4() });
        assert_eq!(billing.refusal(caller, query, variables).await, code);
    }
}

#[tokio::test]
async fn account_has_a_limit() {
    let billing = Billing::start().await;
    let owner = billing.customer_with("1").await;
    billing
        .sql("UPDATE accounts SET balance = 99999999000 WHERE kind = 'customer'")
        .await
        .unwrap();
    let payload = billing
        .deposit_with_key(owner, euros("10.01"), Uuid::new_v4())
        .await;
    assert_eq!(payload["errors"][0]["code"], "CONFLICT");
    assert_eq!(payload["errors"][0]["path"], json!(["input", "amount", "amount"]));
    billing.deposit(owner, "10.00").await;
    assert_eq!(billing.balance(owner).await, "1000000000.00");
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

#[tokio::test]
async fn our_own_accounts_are_opened_once() {
    let billing = Billing::start().await;
    join_all((0..20).map(|_| billing.customer_with("1"))).await;
    let mut connection = billing.database.pool.get().await.unwrap();
    let ours: Count = diesel::sql_query("SELECT count(*) FROM accounts WHERE kind <> 'customer'")
        .get_result(&mut connection)
        .await
        .unwrap();
    assert_eq!(ours.count, 2);
}
