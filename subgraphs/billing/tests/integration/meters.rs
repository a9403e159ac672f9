//! What is counted of money that moves.

use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;
use service::id::UserId;
use uuid::Uuid;

use super::harness::Billing;

#[tokio::test]
async fn money_is_counted_once_however_often_it_is_asked_for() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let _counts_here = metrics::set_default_local_recorder(&recorder);
    let billing = Billing::start().await;
    let (owner, order, key) = (UserId::new(), Uuid::now_v7(), Uuid::new_v4());
    let money = json!({ "amount": "50.00", "currency": "EUR" });
    for _ in 0..2 {
        billing.deposit_with_key(owner, money.clone(), key).await;
        billing
            .charge(&[(order, owner, "20.50"), (order, owner, "20.50")])
            .await;
        // Too much for the account.
        billing.charge(&[(Uuid::now_v7(), owner, "1000")]).await;
    }
    for _ in 0..2 {
        // The second order was never charged.
        billing.refund(&[order, Uuid::now_v7()]).await;
    }

    let shown = recorder.handle().render();
    for (kind, transfers, minor_units) in [("deposit", 1, 5_000), ("charge", 1, 2_050), ("refund", 1, 2_050)]
    {
        let labels = format!("{{kind=\"{kind}\",currency=\"EUR\"}}");
        for (counter, value) in [
            ("transfers_total", transfers),
            ("transfers_minor_units_total", minor_units),
        ] {
            let line = format!("{counter}{labels} {value}");
            assert!(
                shown.lines().any(|shown| shown == line),
                "{line} is not in {shown}"
            );
        }
    }
    assert!(
        shown.contains("currency_minor_units{currency=\"EUR\"} 100"),
        "{shown}"
    );
}
