//! What the database itself refuses, whatever the code does.

use diesel::result::Error;
use uuid::Uuid;

use super::harness::Billing;

/// The constraint that refuses, or the message where it is a trigger.
fn refusal(result: Result<(), Error>) -> String {
    match result {
        Err(Error::DatabaseError(_, information)) => information
            .constraint_name()
            .unwrap_or_else(|| information.message())
            .to_owned(),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn ledger_is_never_changed() {
    let billing = Billing::start().await;
    billing.customer_with("10").await;
    for (statement, operation) in [
        ("UPDATE transfers SET amount = amount + 1", "UPDATE"),
        ("DELETE FROM transfers", "DELETE"),
        ("TRUNCATE transfers", "TRUNCATE"),
    ] {
        let message = refusal(billing.sql(statement).await);
        assert_eq!(
            message,
            format!("transfers is never changed: {operation} refused")
        );
    }
}

/// A transfer of one euro between the accounts of these kinds.
fn transfer(
    kind: &str,
    debit: &str,
    credit: &str,
    currency: &str,
    order: &str,
    key: &str,
    number: i32,
) -> String {
    format!(
        "INSERT INTO transfers (id, kind, debit_account_id, credit_account_id, amount, currency, order_id,
            idempotency_key, entry_number, balance_after)
        SELECT gen_random_uuid(), '{kind}', debit.id, credit.id, 100, '{currency}', {order}, {key}, {number}, 100
        FROM accounts AS debit, accounts AS credit WHERE debit.kind = '{debit}' AND credit.kind = '{credit}'"
    )
}

#[tokio::test]
async fn wrong_rows_do_not_get_in() {
    let billing = Billing::start().await;
    let owner = billing.customer_with("10").await;
    let order = Uuid::now_v7();
    billing.charge(&[(order, owner, "1")]).await;
    billing.refund(&[order]).await;
    let (taken, order) = (format!("'{order}'"), "gen_random_uuid()");
    let key = "gen_random_uuid()";
    let charge = |currency, order| transfer("charge", "customer", "revenue", currency, order, "NULL", 9);
    let refused = [
        (
            "accounts_balance_not_negative",
            "UPDATE accounts SET balance = -1 WHERE kind = 'customer'".to_owned(),
        ),
        (
            "accounts_customers_have_owner_and_balance",
            "UPDATE accounts SET balance = 0 WHERE kind = 'revenue'".to_owned(),
        ),
        (
            "accounts_one_per_owner",
            format!(
                "INSERT INTO accounts (id, owner_id, kind, currency, balance, entry_count)
                VALUES (gen_random_uuid(), '{owner}', 'customer', 'USD', 0, 0)"
            ),
        ),
        (
            "accounts_one_of_ours_per_currency",
            "INSERT INTO accounts (id, kind, currency) VALUES (gen_random_uuid(), 'cash', 'EUR')".to_owned(),
        ),
        ("transfers_one_charge_per_order", charge("EUR", &taken)),
        (
            "transfers_one_refund_per_order",
            transfer("refund", "revenue", "customer", "EUR", &taken, "NULL", 9),
        ),
        ("transfers_debit_account_fkey", charge("USD", order)),
        (
            "transfers_between_two_accounts",
            transfer("charge", "customer", "customer", "EUR", order, "NULL", 9),
        ),
        (
            "transfers_for_an_order_or_by_key",
            transfer("deposit", "cash", "customer", "EUR", order, key, 9),
        ),
        ("transfers_for_an_order_or_by_key", charge("EUR", "NULL")),
        (
            "transfers_one_per_entry_number",
            transfer("deposit", "cash", "customer", "EUR", "NULL", key, 1),
        ),
        (
            "transfers_one_deposit_per_key",
            transfer(
                "deposit",
                "cash",
                "customer",
                "EUR",
                "NULL",
                "(SELECT idempotency_key FROM transfers WHERE kind = 'deposit')",
                9,
            ),
        ),
        (
            "payments_void_holds_no_charge",
            "UPDATE payments SET status = 'void'".to_owned(),
        ),
        (
            "payments_account_fkey",
            "UPDATE payments SET currency = 'USD'".to_owned(),
        ),
    ];
    for (constraint, statement) in refused {
        assert_eq!(refusal(billing.sql(&statement).await), constraint, "{statement}");
    }
    assert_eq!(billing.audit().await, []);
}
