use serde::Serialize;
use serde_json::{Value, json};
use service::auth::{Caller, Role};
use uuid::Uuid;

use super::kit::{Users, as_user, codes};

const ME: &str = "{ me { id email name role createdAt } }";
const USER: &str = "query ($id: ID!) { user(id: $id) { id email } }";
const ENTITIES: &str = "query ($of: [_Any!]!) { _entities(representations: $of) {
    ... on User { id name role } } }";
const ENTITIES_WITH_EMAIL: &str = "query ($of: [_Any!]!) { _entities(representations: $of) {
    ... on User { id email } } }";

fn representation(id: &impl Serialize) -> Value {
    json!({ "__typename": "User", "id": id })
}

#[tokio::test]
async fn me_is_the_caller() {
    let users = Users::new().await;
    let (ada, session) = users.customer("ada@example.com").await;
    let response = users.ask(as_user(&ada), ME, json!({})).await;
    assert_eq!(response, json!({ "data": { "me": session["user"] } }));
}

#[tokio::test]
async fn me_needs_a_token_and_leaves_its_siblings_alone() {
    let users = Users::new().await;
    let response = users
        .ask(Caller::Nobody, "{ __typename me { id } }", json!({}))
        .await;
    assert_eq!(response["data"], json!({ "__typename": "Query", "me": null }));
    assert_eq!(codes(&response["errors"]), ["UNAUTHENTICATED"]);
}

#[tokio::test]
async fn user_is_for_operators() {
    let users = Users::new().await;
    let operator = users.member("operator@example.com", Role::Operator).await;
    let (ada, _) = users.customer("ada@example.com").await;
    let of_ada = json!({ "id": ada.id });
    let response = users.ask(as_user(&operator), USER, of_ada.clone()).await;
    let expected = json!({ "id": ada.id, "email": "ada@example.com" });
    assert_eq!(response, json!({ "data": { "user": expected } }));

    for (caller, code) in [(as_user(&ada), "FORBIDDEN"), (Caller::Nobody, "UNAUTHENTICATED")] {
        let response = users.ask(caller, USER, of_ada.clone()).await;
        assert_eq!(response["data"]["user"], Value::Null);
        assert_eq!(codes(&response["errors"]), [code]);
    }
    for id in ["ada", &Uuid::now_v7().to_string()] {
        let response = users.ask(as_user(&operator), USER, json!({ "id": id })).await;
        assert_eq!(response, json!({ "data": { "user": null } }));
    }
}

#[tokio::test]
async fn other_subgraphs_find_users_in_batches_that_one_unknown_does_not_spoil() {
    let users = Users::new().await;
    let (ada, _) = users.customer("ada@example.com").await;
    let (eve, _) = users.customer("eve@example.com").await;
    let of = [
        representation(&eve.id),
        representation(&Uuid::now_v7()),
        representation(&"no id"),
        representation(&ada.id),
    ];
    let response = users.ask(as_user(&ada), ENTITIES, json!({ "of": of })).await;
    let found = |id| json!({ "id": id, "name": "Ada", "role": "CUSTOMER" });
    assert_eq!(
        response,
        json!({ "data": { "_entities": [found(eve.id), null, null, found(ada.id)] } })
    );
}

#[tokio::test]
async fn address_is_for_the_user_and_operators() {
    let users = Users::new().await;
    let operator = users.member("operator@example.com", Role::Operator).await;
    let (ada, _) = users.customer("ada@example.com").await;
    let (eve, _) = users.customer("eve@example.com").await;
    let of = json!({ "of": [representation(&ada.id), representation(&eve.id)] });
    let shown = |id, email| json!({ "id": id, "email": email });

    let all = users
        .ask(as_user(&operator), ENTITIES_WITH_EMAIL, of.clone())
        .await;
    let both = [shown(ada.id, "ada@example.com"), shown(eve.id, "eve@example.com")];
    assert_eq!(all, json!({ "data": { "_entities": both } }));

    // What is refused is refused alone.
    let own = users.ask(as_user(&ada), ENTITIES_WITH_EMAIL, of.clone()).await;
    assert_eq!(
        own["data"]["_entities"],
        json!([shown(ada.id, "ada@example.com"), null])
    );
    assert_eq!(codes(&own["errors"]), ["FORBIDDEN"]);

    let none = users.ask(Caller::Nobody, ENTITIES_WITH_EMAIL, of).await;
    assert_eq!(none["data"]["_entities"], json!([null, null]));
    assert_eq!(codes(&none["errors"]), ["UNAUTHENTICATED", "UNAUTHENTICATED"]);
}

#[test]
fn schema_is_a_subgraph() {
    let sdl = users::sdl();
    assert!(sdl.contains("type User @key(fields: \"id\")"), "{sdl}");
    assert!(sdl.contains("federation/v2"), "{sdl}");
    assert_eq!(sdl, users::sdl(), "the same each time");
}
