//! `retrySagas`, `abandonSagas`.

use serde_json::{Value, json};
use tests::Failure;
use tests::api::Document;
use tests::model::{BookingRequest, eur};
use tests::scene::scene;
use uuid::Uuid;

use super::table::{For, NOT_VALID, Table, error, mutation, with, without};

#[tokio::test]
async fn retry_sagas() -> Result<(), Failure> {
    operate(mutation!("retrySagas", "SagaActionInput")).await
}

#[tokio::test]
async fn abandon_sagas() -> Result<(), Failure> {
    operate(mutation!("abandonSagas", "SagaActionInput")).await
}

async fn operate(mutation: Document) -> Result<(), Failure> {
    scene(async |stage| {
        let operator = stage.settled_operator("Olga").await?;
        let departure = stage.departure(&operator, &eur(10), 10).await?;
        let ada = stage.customer_with("Ada", &eur(100)).await?;
        let order = ada.book(&BookingRequest::new(&departure, 1)).await?.order;
        ada.mail("WELCOME", None).await?;
        ada.mail("ORDER_CONFIRMED", Some(order.id)).await?;
        let table = Table {
            stage,
            mutation,
            api: &operator.0.api,
            // The saga of an order has its id. It has ended: nothing fits.
            good: json!({ "ids": [order.id], "reason": "a drill", "dryRun": true }),
            concerned: &[operator.0.user.id, ada.id()],
        };
        let invalid = |field| error("INVALID_INPUT", field);
        table
            .refuses(&[
                without("reason", NOT_VALID),
                without("ids", invalid("ids")),
                with("reason", Value::Null, NOT_VALID),
                with("ids", "all", error("NOT_FOUND", "ids.0")),
                with("ids", json!([null]), NOT_VALID),
                with("dryRun", "yes", NOT_VALID),
                with("filter", json!({ "status": "GONE" }), NOT_VALID),
                with("ids", Value::Null, NOT_VALID).and("filter", json!({ "stuckForSeconds": -1 })),
                with("ids", Value::Null, NOT_VALID)
                    .and("filter", json!({ "stuckForSeconds": 2_147_483_648_i64 })),
                with("ids", json!([]), invalid("ids")),
                with("ids", json!(vec![order.id; 1_001]), invalid("ids")),
                with("ids", json!([order.id, "saga"]), error("NOT_FOUND", "ids.1")),
                with(
                    "ids",
                    json!([order.id, Uuid::now_v7()]),
                    error("NOT_FOUND", "ids.1"),
                ),
                with("filter", json!({ "kind": "book-excursion" }), invalid("filter")),
                with("reason", "", invalid("reason")),
                with("reason", " ", invalid("reason")),
                with("reason", "r".repeat(501), invalid("reason")),
            ])
            .await?;
        table.is_for(For::Operators).await?;
        table.takes_the_good_one().await
    })
    .await
}
