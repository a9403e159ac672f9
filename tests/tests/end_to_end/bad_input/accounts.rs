//! `deposit`.

use serde_json::{Value, json};
use tests::Failure;
use tests::scene::scene;
use uuid::Uuid;

use super::table::{For, NOT_VALID, Table, error, errors, mutation, with, without};

#[tokio::test]
async fn deposit() -> Result<(), Failure> {
    scene(async |stage| {
        let ada = stage.settled_customer("Ada").await?;
        let table = Table {
            stage,
            mutation: mutation!("deposit", "DepositInput"),
            api: &ada.0.api,
            good: json!({
                "amount": { "amount": "10.00", "currency": "EUR" },
                "idempotencyKey": Uuid::new_v4(),
            }),
            concerned: &[ada.id()],
        };
        let invalid = || error("INVALID_INPUT", "amount.amount");
        table
            .refuses(&[
                without("amount", NOT_VALID),
                without("amount.amount", NOT_VALID),
                without("amount.currency", NOT_VALID),
                without("idempotencyKey", NOT_VALID),
                with("amount", Value::Null, NOT_VALID),
                with("amount", "10.00", NOT_VALID),
                with("idempotencyKey", "", NOT_VALID),
                with("idempotencyKey", "one", NOT_VALID),
                with("idempotencyKey", 1, NOT_VALID),
                with("amount.amount", "", NOT_VALID),
                with("amount.amount", "ten", NOT_VALID),
                with("amount.amount", "NaN", NOT_VALID),
                with("amount.amount", "10,00", NOT_VALID),
                // A number may have been rounded on its way.
                with("amount.amount", 10.0, NOT_VALID),
                with("amount.amount", "9".repeat(40), NOT_VALID),
                with("amount.amount", "0", invalid()),
                with("amount.amount", "-0.00", invalid()),
                with("amount.amount", "-10.00", invalid()),
                with("amount.amount", "10.001", invalid()),
                with("amount.amount", "1000000.01", invalid()),
                with("amount.amount", "92233720368547758.08", invalid()),
                with("amount.currency", "", NOT_VALID),
                with("amount.currency", "eur", NOT_VALID),
                with("amount.currency", "EURO", NOT_VALID),
                with("amount.currency", "XAU", NOT_VALID),
                with(
                    "amount.currency",
                    "USD",
                    error("CURRENCY_MISMATCH", "amount.currency"),
                ),
                with(
                    "amount.currency",
                    "USD",
                    errors(&[
                        ("CURRENCY_MISMATCH", "amount.currency"),
                        ("INVALID_INPUT", "amount.amount"),
                    ]),
                )
                .and("amount.amount", "-1.00"),
            ])
            .await?;
        table.is_for(For::Users).await?;
        table.takes_the_good_one().await?;
        // Taken: from now on the key stands for this deposit.
        let reused = error("IDEMPOTENCY_KEY_REUSED", "idempotencyKey");
        table.refuses(&[with("amount.amount", "20.00", reused)]).await
    })
    .await
}
