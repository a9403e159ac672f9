//! Where a router enters: entities by their keys, many at a time.

use serde_json::json;
use service::auth::Caller;
use uuid::Uuid;

use super::world::{World, in_days};

#[tokio::test]
async fn entities_are_found_in_the_order_of_their_keys() {
    let world = World::new().await;
    let excursion = world.excursion("Roofs", "Riga", "A walk").await;
    let first = world.departure(&excursion, in_days(1), 5).await;
    let second = world.departure(&excursion, in_days(2), 6).await;
    let key = |kind: &str, id: &str| json!({ "__typename": kind, "id": id });
    let unknown = Uuid::now_v7().to_string();
    let document = "query ($keys: [_Any!]!) { _entities(representations: $keys) {
        ... on Departure { capacity excursion { title } }
        ... on Excursion { city } } }";
    let keys = json!([
        key("Departure", &second),
        key("Excursion", &excursion),
        key("Departure", &unknown),
        key("Departure", &first),
        key("Excursion", "nonsense"),
        key("Departure", &second),
    ]);
    let data = world
        .ask(&Caller::Nobody, document, json!({ "keys": keys }))
        .await;
    let departure = |capacity: i32| json!({ "capacity": capacity, "excursion": { "title": "Roofs" } });
    assert_eq!(
        data["_entities"],
        json!([departure(6), { "city": "Riga" }, null, departure(5), null, departure(6)])
    );
}

#[tokio::test]
async fn unknown_ids_are_null_and_nobody_else_suffers() {
    let world = World::new().await;
    let excursion = world.excursion("Roofs", "Riga", "A walk").await;
    let document = "query ($id: ID!, $unknown: ID!) {
        known: excursion(id: $id) { title }
        unknown: excursion(id: $unknown) { title }
        nonsense: excursion(id: \"nonsense\") { title }
        departure(id: $unknown) { id } }";
    let variables = json!({ "id": excursion, "unknown": Uuid::now_v7() });
    let data = world.ask(&Caller::Nobody, document, variables).await;
    assert_eq!(
        data,
        json!({ "known": { "title": "Roofs" }, "unknown": null, "nonsense": null, "departure": null })
    );
}

#[tokio::test]
async fn departures_of_many_excursions_come_with_them() {
    let world = World::new().await;
    let other = world.excursion("Another", "Tallinn", "A walk").await;
    world.departure(&other, in_days(5), 5).await;
    let mut expected = Vec::new();
    for number in 0..25 {
        let title = format!("Excursion {number}");
        let excursion = world.excursion(&title, "Riga", "A walk").await;
        let later = world.departure(&excursion, in_days(9), 5).await;
        let sooner = world.departure(&excursion, in_days(3), 5).await;
        expected.push(json!({
            "title": title,
            "next": { "nodes": [{ "id": sooner }], "pageInfo": { "hasNextPage": true } },
            "last": { "nodes": [{ "id": later }] },
            "other": { "nodes": [] },
        }));
    }
    let document = "query ($other: ID!) { excursions(first: 100, filter: { city: \"Riga\" }) { nodes { title
        next: departures(first: 1) { nodes { id } pageInfo { hasNextPage } }
        last: departures(last: 1) { nodes { id } }
        other: departures(filter: { excursionId: $other }) { nodes { id } } } } }";
    let data = world
        .ask(&Caller::Nobody, document, json!({ "other": other }))
        .await;
    assert_eq!(data["excursions"]["nodes"], json!(expected));
}
