//! Many connections at the same time.

use std::collections::HashMap;

use futures::future::{join, join_all};
use serde_json::Value;
use service::id::UserId;
use uuid::Uuid;

use super::harness::{Billing, Charge};

fn is_done(outcome: &Value) -> bool {
    outcome["status"] == "DONE"
}

/// Numbers that look random and are the same each time.
fn scattered(seed: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(seed * 2_654_435_761 + 1), |number| {
        Some(
            number
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407),
        )
    })
    .map(|number| number >> 33)
}

#[tokio::test(flavor = "multi_thread")]
async fn account_charged_from_everywhere_never_goes_below_zero() {
    let billing = Billing::start().await;
    let owner = billing.customer_with("500").await;
    let charging = (0..16).map(async |connection| {
        let mut taken = 0;
        for price in scattered(connection).take(10) {
            let euros = (price % 7 + 1).to_string();
            let charges: Vec<Charge<'_>> = (0..20).map(|_| (Uuid::now_v7(), owner, euros.as_str())).collect();
            let outcomes = billing.charge(&charges).await;
            for refused in outcomes.iter().filter(|outcome| !is_done(outcome)) {
                assert_eq!(refused["code"], "INSUFFICIENT_FUNDS");
            }
            taken += (price % 7 + 1) * outcomes.iter().filter(|outcome| is_done(outcome)).count();
        }
        taken
    });
    let taken: usize = join_all(charging).await.into_iter().sum();
    assert_eq!(billing.balance(owner).await, format!("{}.00", 500 - taken));
    assert!(
        500 - taken < 7,
        "{taken} of 500 taken, though smaller prices came until the end"
    );
    assert_eq!(billing.audit().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn charge_and_refund_of_an_order_race_to_nothing() {
    let billing = Billing::start().await;
    let mut refunds_that_won = 0;
    for round in 0..40 {
        let owner = billing.customer_with("100").await;
        let orders: Vec<Uuid> = (0..5).map(|_| Uuid::now_v7()).collect();
        let charges: Vec<Charge<'_>> = orders.iter().map(|order| (*order, owner, "3")).collect();
        // In another order than the charges, and by turns the first to be sent.
        let backwards: Vec<Uuid> = orders.iter().rev().copied().collect();
        let (charged, refunded) = if round % 2 == 0 {
            join(billing.charge(&charges), billing.refund(&backwards)).await
        } else {
            let (refunded, charged) = join(billing.refund(&backwards), billing.charge(&charges)).await;
            (charged, refunded)
        };
        for (charged, refunded) in charged.iter().zip(refunded.iter().rev()) {
            assert!(is_done(refunded));
            assert_eq!(is_done(charged), !refunded["refunded"].is_null());
            refunds_that_won += usize::from(!is_done(charged));
        }
        assert_eq!(billing.balance(owner).await, "100.00");
        let late = billing.charge(&charges).await;
        assert!(late.iter().all(|outcome| outcome["code"] == "CONFLICT"));
    }
    assert!(
        refunds_that_won > 0,
        "no refund overtook its charge: there was no race"
    );
    let payments = billing.payments().await;
    assert!(payments.iter().all(|payment| payment.charged == payment.refunded));
    assert_eq!(billing.audit().await, []);
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_over_the_same_rows_all_get_through() {
    let billing = Billing::start().await;
    let mut customers: Vec<UserId> = Vec::new();
    for _ in 0..6 {
        customers.push(billing.customer_with("300").await);
    }
    // Their accounts are opened by whichever charge or deposit comes first.
    customers.extend((0..4).map(|_| UserId::new()));
    // An order is always its customer's, whoever charges it.
    let orders: Vec<(Uuid, UserId)> = (0..60)
        .map(|number| (Uuid::now_v7(), customers[number % customers.len()]))
        .collect();

    let working = (0..12).map(async |worker| {
        let mut answers: Vec<(Uuid, bool)> = Vec::new();
        for pick in scattered(worker).take(12) {
            let chosen: Vec<(Uuid, UserId)> = scattered(pick)
                .take(15)
                .map(|number| orders[number % orders.len()])
                .collect();
            match pick % 4 {
                0 => billing.deposit(chosen[0].1, "10").await,
                1 => {
                    let orders: Vec<Uuid> = chosen.iter().map(|(order, _)| *order).collect();
                    assert!(billing.refund(&orders).await.iter().all(is_done));
                }
                _ => {
                    let charges: Vec<Charge<'_>> = chosen
                        .iter()
                        .map(|(order, owner)| (*order, *owner, "5"))
                        .collect();
                    let outcomes = billing.charge(&charges).await;
                    answers.extend(
                        chosen
                            .iter()
                            .zip(&outcomes)
                            .map(|((order, _), outcome)| (*order, is_done(outcome))),
                    );
                }
            }
        }
        answers
    });
    let answers: Vec<(Uuid, bool)> = join_all(working).await.into_iter().flatten().collect();

    let charged: HashMap<Uuid, i64> = billing
        .payments()
        .await
        .iter()
        .map(|payment| (payment.order_id.uuid(), payment.charged))
        .collect();
    for (order, done) in answers {
        assert!(
            !done || charged.get(&order) == Some(&500),
            "{order} was told to be charged"
        );
    }
    assert_eq!(billing.audit().await, []);
}
