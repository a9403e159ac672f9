//! Users' notifications through the schema, as the router asks for them.

use async_graphql::Response;
use notifications::graphql::NotificationsSchema;
use serde_json::{Value, json};
use service::auth::Caller;
use service::id::UserId;
use service::testing::TestDatabase;
use uuid::Uuid;

use super::events::Order;
use super::harness::{Replica, consume, customer, data, database, execute, operator, registered};

async fn of_users(schema: &NotificationsSchema, caller: Caller, users: &[UserId], fields: &str) -> Response {
    let representations: Vec<String> = users
        .iter()
        .map(|user| format!(r#"{{ __typename: "User", id: "{user}" }}"#))
        .collect();
    let query = format!(
        "{{ _entities(representations: [{}]) {{ ... on User {{ {fields} }} }} }}",
        representations.join(", ")
    );
    execute(schema, caller, &query).await
}

async fn mailbox(schema: &NotificationsSchema, user: UserId, arguments: &str) -> Value {
    let fields = format!(
        "notifications({arguments}) {{ nodes {{ id kind order {{ id }} readAt }} \
         pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }}"
    );
    let response = of_users(schema, customer(user), &[user], &fields).await;
    data(response)["_entities"][0]["notifications"].clone()
}

async fn mark_read(schema: &NotificationsSchema, caller: Caller, ids: &[String]) -> Value {
    let ids = serde_json::to_string(ids).unwrap();
    let query = format!(
        "mutation {{ markNotificationsRead(input: {{ ids: {ids} }}) {{
            notifications {{ id readAt }} errors {{ code path message }} }} }}"
    );
    data(execute(schema, caller, &query).await)["markNotificationsRead"].clone()
}

fn orders(page: &Value) -> Vec<&str> {
    let nodes = page["nodes"].as_array().unwrap();
    nodes
        .iter()
        .map(|node| node["order"]["id"].as_str().unwrap_or("none"))
        .collect()
}

async fn with_orders(database: &TestDatabase, count: usize) -> (UserId, Vec<String>) {
    let user = registered(database).await;
    let mut orders = Vec::new();
    for _ in 0..count {
        let order = Order::of(user);
        consume(database, &[order.confirmed()]).await.unwrap();
        orders.push(order.id.to_string());
    }
    (user, orders)
}

#[tokio::test]
async fn mailbox_is_read_in_pages_newest_first() {
    let database = database().await;
    let replica = Replica::start(&database);
    let schema = &replica.schema;
    let (user, placed) = with_orders(&database, 3).await;
    with_orders(&database, 2).await;

    let first = mailbox(schema, user, "first: 2").await;
    assert_eq!(orders(&first), [&placed[2], &placed[1]]);
    assert_eq!(first["pageInfo"]["hasNextPage"], true);
    assert_eq!(first["pageInfo"]["hasPreviousPage"], false);

    let cursor = first["pageInfo"]["endCursor"].as_str().unwrap();
    let second = mailbox(schema, user, &format!("first: 2, after: \"{cursor}\"")).await;
    assert_eq!(orders(&second), [placed[0].as_str(), "none"]);
    assert_eq!(second["pageInfo"]["hasNextPage"], false);

    let cursor = second["pageInfo"]["startCursor"].as_str().unwrap();
    let back = mailbox(schema, user, &format!("last: 1, before: \"{cursor}\"")).await;
    assert_eq!(orders(&back), [&placed[1]]);
    let oldest = mailbox(schema, user, "last: 1").await;
    assert_eq!(orders(&oldest), ["none"]);
}

#[tokio::test]
async fn mailboxes_of_several_users_do_not_mix() {
    let database = database().await;
    let replica = Replica::start(&database);
    let schema = &replica.schema;
    let (one, ones) = with_orders(&database, 2).await;
    let (other, others) = with_orders(&database, 1).await;
    let nobody = UserId::new();
    let fields = "id unreadNotifications notifications(first: 2) { nodes { order { id } } }";
    let users = data(of_users(schema, operator(), &[one, other, nobody], fields).await);
    let of = |position: usize| &users["_entities"][position];
    assert_eq!(orders(&of(0)["notifications"]), [&ones[1], &ones[0]]);
    assert_eq!(orders(&of(1)["notifications"]), [others[0].as_str(), "none"]);
    assert_eq!(orders(&of(2)["notifications"]), [""; 0]);
    let unread = [0, 1, 2].map(|position| of(position)["unreadNotifications"].clone());
    assert_eq!(unread, [3, 2, 0]);
}

#[tokio::test]
async fn mailboxes_of_others_are_null() {
    let database = database().await;
    let replica = Replica::start(&database);
    let schema = &replica.schema;
    let (one, other) = (registered(&database).await, registered(&database).await);
    let fields = "id unreadNotifications notifications { nodes { id } }";
    for caller in [
        customer(other),
        Caller::Nobody,
        Caller::Service("orders".to_owned()),
    ] {
        let users = data(of_users(schema, caller, &[one], fields).await);
        assert_eq!(
            users["_entities"][0],
            json!({ "id": one.to_string(), "unreadNotifications": null, "notifications": null })
        );
    }
    let mixed = data(of_users(schema, customer(one), &[other, one], fields).await);
    assert_eq!(mixed["_entities"][0]["unreadNotifications"], Value::Null);
    assert_eq!(mixed["_entities"][1]["unreadNotifications"], 1);
}

#[tokio::test]
async fn wrong_page_spares_its_siblings() {
    let database = database().await;
    let replica = Replica::start(&database);
    let schema = &replica.schema;
    let user = registered(&database).await;
    let fields = "unreadNotifications notifications(first: 101) { nodes { id } }";
    let response = of_users(schema, customer(user), &[user], fields).await;
    assert_eq!(response.errors.len(), 1, "{:?}", response.errors);
    let user = response.data.into_json().unwrap()["_entities"][0].clone();
    assert_eq!(user, json!({ "unreadNotifications": 1, "notifications": null }));
}

#[tokio::test]
async fn notifications_are_marked_as_read_once() {
    let database = database().await;
    let replica = Replica::start(&database);
    let schema = &replica.schema;
    let (user, _) = with_orders(&database, 2).await;
    let page = mailbox(schema, user, "first: 20").await;
    let ids: Vec<String> = (0..2)
        .map(|position| page["nodes"][position]["id"].as_str().unwrap().to_owned())
        .collect();

    let first = mark_read(schema, customer(user), &ids[..1]).await;
    assert_eq!(first["errors"], json!([]));
    let read_at = first["notifications"][0]["readAt"].clone();
    assert!(read_at.is_string(), "{read_at}");

    let reversed: Vec<String> = ids.iter().rev().cloned().collect();
    let both = mark_read(schema, customer(user), &reversed).await;
    assert_eq!(both["notifications"][0]["id"], ids[1]);
    assert_eq!(
        both["notifications"][1],
        json!({ "id": ids[0], "readAt": read_at }),
        "the first reading counts"
    );
    let unread = of_users(schema, customer(user), &[user], "unreadNotifications").await;
    assert_eq!(data(unread)["_entities"][0]["unreadNotifications"], 1);
}

#[tokio::test]
async fn notifications_of_others_are_not_found_and_nothing_is_half_done() {
    let database = database().await;
    let replica = Replica::start(&database);
    let schema = &replica.schema;
    let (one, other) = (registered(&database).await, registered(&database).await);
    let id_of = async |user| {
        let page = mailbox(schema, user, "first: 20").await;
        page["nodes"][0]["id"].as_str().unwrap().to_owned()
    };
    let (own, foreign) = (id_of(one).await, id_of(other).await);
    let not_found = |position: &str| {
        json!({
            "code": "NOT_FOUND", "path": ["input", "ids", position], "message": "you have no such notification",
        })
    };

    let ids = [own.clone(), foreign, Uuid::now_v7().to_string(), own.clone()];
    let refused = mark_read(schema, customer(one), &ids).await;
    assert_eq!(refused["errors"], json!([not_found("1"), not_found("2")]));
    assert_eq!(refused["notifications"], json!([]));
    let malformed = mark_read(schema, operator(), &["7".to_owned()]).await;
    assert_eq!(malformed["errors"], json!([not_found("0")]));
    assert_eq!(
        mailbox(schema, one, "first: 20").await["nodes"][0]["readAt"],
        Value::Null
    );

    let none = mark_read(schema, customer(one), &[]).await;
    assert_eq!(none["errors"][0]["code"], "INVALID_INPUT");
    let too_many = mark_read(schema, customer(one), &vec![own; 101]).await;
    assert_eq!(too_many["errors"][0]["code"], "INVALID_INPUT");
}
