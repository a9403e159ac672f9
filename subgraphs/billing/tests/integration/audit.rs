//! The audit finds what is wrong. The database refuses nearly all of it, hence the triggers and checks that are off here.

use service::audit::Violation;
use uuid::Uuid;

use super::harness::Billing;

/// What the audit says of a ledger with a deposit of 10.00, two charges of 1.00 and a refund, after this statement.
async fn findings_after(statement: &str) -> Vec<Violation> {
    let billing = Billing::start().await;
    let owner = billing.customer_with("10").await;
    let orders = [Uuid::now_v7(), Uuid::now_v7()];
    billing
        .charge(&[(orders[0], owner, "1"), (orders[1], owner, "1")])
        .await;
    billing.refund(&orders[..1]).await;
    assert_eq!(billing.audit().await, []);
    // Superusers' way around triggers, foreign keys included.
    let statements = format!("SET session_replication_role = replica; {statement}");
    billing.sql(&statements).await.unwrap();
    billing.audit().await
}

async fn assert_found(statement: &str, expected: &[(u8, &str)]) {
    let findings = findings_after(statement).await;
    let found: Vec<u8> = findings.iter().map(|finding| finding.invariant).collect();
    let invariants: Vec<u8> = expected.iter().map(|(invariant, _)| *invariant).collect();
    assert_eq!(found, invariants, "{statement}: {findings:?}");
    for (finding, (_, text)) in findings.iter().zip(expected) {
        assert!(finding.message.contains(text), "{statement}: {finding}");
    }
}

#[tokio::test]
async fn balance_that_is_not_the_sum_is_found() {
    assert_found(
        "UPDATE accounts SET balance = balance + 505 WHERE kind = 'customer'",
        &[
            (1, "the ledger in EUR sums to 505 minor units"),
            (2, "holds 1405 after 4 entries; there are 4, they sum to 900"),
        ],
    )
    .await;
}

#[tokio::test]
async fn lost_transfer_is_found() {
    assert_found(
        "DELETE FROM transfers WHERE kind = 'refund'",
        &[
            (1, "sums to 100"),
            (2, "holds 900 after 4 entries; there are 3, they sum to 800"),
            (4, "payment refunded of 100, charged 100, refunded 0"),
        ],
    )
    .await;
}

#[tokio::test]
async fn refund_without_charge_is_found() {
    let findings = findings_after(
        "DELETE FROM transfers USING payments
        WHERE payments.order_id = transfers.order_id AND payments.status = 'refunded' AND transfers.kind = 'charge'",
    )
    .await;
    let found = findings.iter().any(|finding| {
        finding.invariant == 4
            && finding
                .message
                .contains("payment refunded of 100, charged 0, refunded 100")
    });
    assert!(found, "{findings:?}");
}

#[tokio::test]
async fn transfer_of_an_order_without_payment_is_found() {
    assert_found(
        "DELETE FROM payments WHERE status = 'charged'",
        &[(4, "payment missing of 0, charged 100, refunded 0")],
    )
    .await;
}

#[tokio::test]
async fn entry_that_does_not_follow_the_one_before_is_found() {
    assert_found(
        "UPDATE transfers SET balance_after = 1 WHERE entry_number = 2",
        &[(2, "they sum to 900, and number 2 does not follow the one before")],
    )
    .await;
}

#[tokio::test]
async fn transfer_between_the_wrong_accounts_is_found() {
    assert_found(
        "UPDATE transfers SET debit_account_id = (SELECT id FROM accounts WHERE kind = 'cash') WHERE kind = 'refund'",
        &[(1, "debits a cash account in EUR and credits a customer account in EUR")],
    )
    .await;
}

#[tokio::test]
async fn transfer_to_nowhere_is_found() {
    assert_found(
        "UPDATE transfers SET debit_account_id = gen_random_uuid() WHERE kind = 'refund'",
        &[
            (1, "debits a  account in  and credits a customer account in EUR"),
            (1, "sums to 100"),
        ],
    )
    .await;
}
