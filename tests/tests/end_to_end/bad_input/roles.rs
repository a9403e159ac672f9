//! `changeRole`.

use serde_json::{Value, json};
use tests::Failure;
use tests::scene::scene;
use uuid::Uuid;

use super::table::{For, NOT_VALID, Table, error, mutation, with, without};

#[tokio::test]
async fn change_role() -> Result<(), Failure> {
    scene(async |stage| {
        let administrator = stage.first_operator().await?;
        let ada = stage.settled_customer("Ada").await?;
        let table = Table {
            stage,
            mutation: mutation!("changeRole", "ChangeRoleInput"),
            api: &administrator.0.api,
            good: json!({ "userId": ada.id(), "role": "OPERATOR" }),
            concerned: &[ada.id()],
        };
        let not_found = || error("NOT_FOUND", "userId");
        table
            .refuses(&[
                without("userId", NOT_VALID),
                without("role", NOT_VALID),
                with("userId", Value::Null, NOT_VALID),
                with("role", "KING", NOT_VALID),
                with("role", "", NOT_VALID),
                with("userId", "", not_found()),
                with("userId", "ada", not_found()),
                with("userId", Uuid::now_v7().to_string(), not_found()),
            ])
            .await?;
        table.is_for(For::Administrators).await?;
        table.takes_the_good_one().await
    })
    .await
}
