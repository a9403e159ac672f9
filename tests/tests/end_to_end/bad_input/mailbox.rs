//! `markNotificationsRead`.

use serde_json::{Value, json};
use tests::Failure;
use tests::scene::scene;
use uuid::Uuid;

use super::table::{For, NOT_VALID, Table, error, errors, mutation, with, without};

#[tokio::test]
async fn mark_notifications_read() -> Result<(), Failure> {
    scene(async |stage| {
        let ada = stage.settled_customer("Ada").await?;
        let boris = stage.settled_customer("Boris").await?;
        let own = ada.mail("WELCOME", None).await?.id;
        let of_boris = boris.mail("WELCOME", None).await?.id;
        let table = Table {
            stage,
            mutation: mutation!("markNotificationsRead", "MarkNotificationsReadInput"),
            api: &ada.0.api,
            good: json!({ "ids": [own] }),
            concerned: &[ada.id(), boris.id()],
        };
        table
            .refuses(&[
                without("ids", NOT_VALID),
                with("ids", Value::Null, NOT_VALID),
                with("ids", json!([null]), NOT_VALID),
                with("ids", json!([]), error("INVALID_INPUT", "ids")),
                with("ids", json!(vec![own; 101]), error("INVALID_INPUT", "ids")),
                with("ids", json!([""]), error("NOT_FOUND", "ids.0")),
                with("ids", json!(["mail"]), error("NOT_FOUND", "ids.0")),
                with("ids", json!([Uuid::now_v7()]), error("NOT_FOUND", "ids.0")),
                with("ids", json!([own, of_boris]), error("NOT_FOUND", "ids.1")),
                with(
                    "ids",
                    json!(["mail", own, "letter"]),
                    errors(&[("NOT_FOUND", "ids.0"), ("NOT_FOUND", "ids.2")]),
                ),
            ])
            .await?;
        table.is_for(For::Users).await?;
        table.takes_the_good_one().await
    })
    .await
}
