use std::sync::Arc;

use serde_json::{Value, json};
use service::auth::{Caller, TokenError};
use service::id::UserId;
use uuid::Uuid;

use super::harness::{Billing, customer, operator, orders_service};

const ENTITIES: &str = "query($entities: [_Any!]!) { _entities(representations: $entities) {
    ... on Account { id owner { id } balance { amount } }
    ... on User { id account { balance { amount } } }
} }";

fn user(id: impl serde::Serialize) -> Value {
    json!({ "__typename": "User", "id": id })
}

fn account(id: impl serde::Serialize) -> Value {
    json!({ "__typename": "Account", "id": id })
}

#[tokio::test]
async fn account_is_its_owners_and_operators_to_see() {
    let billing = Billing::start().await;
    let owner = billing.customer_with("7").await;
    let id = billing.account(customer(owner), owner, "id").await["id"].clone();
    let entities = json!({ "entities": [user(owner), account(&id)] });
    for caller in [customer(owner), operator()] {
        let data = billing.run(caller, ENTITIES, entities.clone()).await;
        let expected = json!([
            { "id": owner, "account": { "balance": { "amount": "7.00" } } },
            { "id": id, "owner": { "id": owner }, "balance": { "amount": "7.00" } },
        ]);
        assert_eq!(data["_entities"], expected);
    }
    for caller in [customer(UserId::new()), Caller::Nobody, orders_service()] {
        let data = billing.run(caller, ENTITIES, entities.clone()).await;
        assert_eq!(data["_entities"], json!([{ "id": owner, "account": null }, null]));
    }
}

#[tokio::test]
async fn unknown_and_malformed_ids_are_null_beside_others() {
    let billing = Billing::start().await;
    let owner = billing.customer_with("7").await;
    let entities = [
        account(Uuid::new_v4()),
        account("mine"),
        user("me"),
        user(Uuid::nil()),
        user(owner),
    ];
    let data = billing
        .run(operator(), ENTITIES, json!({ "entities": entities }))
        .await;
    let expected = json!([
        null,
        null,
        { "id": "me", "account": null },
        { "id": Uuid::nil(), "account": null },
        { "id": owner, "account": { "balance": { "amount": "7.00" } } },
    ]);
    assert_eq!(data["_entities"], expected);
}

#[tokio::test]
async fn our_own_accounts_are_nobodys_to_see() {
    let billing = Billing::start().await;
    billing.customer_with("7").await;
    let id = Uuid::new_v4();
    let statement = format!("INSERT INTO accounts (id, kind, currency) VALUES ('{id}', 'cash', 'USD')");
    billing.sql(&statement).await.unwrap();
    let data = billing
        .run(operator(), ENTITIES, json!({ "entities": [account(id)] }))
        .await;
    assert_eq!(data["_entities"], json!([null]));
}

#[tokio::test]
async fn token_that_does_not_hold_spoils_only_the_field() {
    let billing = Billing::start().await;
    let owner = billing.customer_with("7").await;
    let caller = Caller::Refused(Arc::new(TokenError::Expired));
    let response = billing
        .ask(caller, ENTITIES, json!({ "entities": [user(owner)] }))
        .await;
    let data = response.data.into_json().unwrap();
    assert_eq!(data["_entities"], json!([{ "id": owner, "account": null }]));
    let error = serde_json::to_value(&response.errors[0]).unwrap();
    assert_eq!(error["extensions"]["code"], "UNAUTHENTICATED");
    assert_eq!(error["path"], json!(["_entities", "account"]));
}

async fn page(billing: &Billing, owner: UserId, arguments: &str) -> Value {
    let fields = format!(
        "entries({arguments}) {{
            nodes {{ balanceAfter {{ amount }} }}
            pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
        }}"
    );
    billing.account(customer(owner), owner, &fields).await["entries"].take()
}

fn balances(page: &Value) -> Vec<&str> {
    let nodes = page["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["balanceAfter"]["amount"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn entries_come_newest_first_in_pages() {
    let billing = Billing::start().await;
    billing.customer_with("100").await;
    let owner = UserId::new();
    for _ in 0..5 {
        billing.deposit(owner, "1").await;
    }
    let first = page(&billing, owner, "first: 2").await;
    assert_eq!(balances(&first), ["5.00", "4.00"]);
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    assert_eq!(first["pageInfo"]["hasPreviousPage"], false);

    let after = first["pageInfo"]["endCursor"].as_str().unwrap();
    let second = page(&billing, owner, &format!("first: 3, after: \"{after}\"")).await;
    assert_eq!(balances(&second), ["3.00", "2.00", "1.00"]);
    assert_eq!(second["pageInfo"]["hasNextPage"], false);

    let last = page(&billing, owner, "last: 2").await;
    assert_eq!(balances(&last), ["2.00", "1.00"]);
    assert_eq!(last["pageInfo"]["hasPreviousPage"], true);
    let before = last["pageInfo"]["startCursor"].as_str().unwrap();
    let newer = page(&billing, owner, &format!("last: 2, before: \"{before}\"")).await;
    assert_eq!(balances(&newer), ["4.00", "3.00"]);

    // New entries do not shift the pages of who reads on.
    billing.deposit(owner, "1").await;
    let again = page(&billing, owner, &format!("first: 3, after: \"{after}\"")).await;
    assert_eq!(balances(&again), ["3.00", "2.00", "1.00"]);
}

#[tokio::test]
async fn wrong_page_is_bad_input() {
    let billing = Billing::start().await;
    let owner = billing.customer_with("1").await;
    for arguments in ["first: 0", "first: 101", "first: 1, last: 1", "after: \"soon\""] {
        let query = format!(
            "query($entities: [_Any!]!) {{ _entities(representations: $entities) {{
                ... on User {{ account {{ entries({arguments}) {{ nodes {{ id }} }} }} }} }} }}"
        );
        let variables = json!({ "entities": [user(owner)] });
        let code = billing.refusal(customer(owner), &query, variables).await;
        assert_eq!(code, "BAD_USER_INPUT", "{arguments}");
    }
}
