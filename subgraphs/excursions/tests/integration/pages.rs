//! Going through lists, both ways, while others add to them.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use service::auth::Caller;

use super::world::{World, in_days};

const EXCURSIONS: &str = "query ($first: Int, $after: String, $last: Int, $before: String) {
    page: excursions(first: $first, after: $after, last: $last, before: $before) {
        edges { cursor node { id } } nodes { id }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";
const DEPARTURES: &str = "query ($first: Int, $after: String, $last: Int, $before: String) {
    page: departures(first: $first, after: $after, last: $last, before: $before) {
        edges { cursor node { id } } nodes { id }
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }";

/// The ids of a page, and what it says about its neighbours.
async fn page(world: &World, document: &str, arguments: Value) -> (Vec<String>, Value) {
    let mut data = world.ask(&Caller::Nobody, document, arguments).await;
    let ids = |nodes: &Value| -> Vec<String> {
        let nodes = nodes.as_array().unwrap().iter();
        nodes
            .map(|node| node["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let found = ids(&data["page"]["nodes"]);
    let edges = data["page"]["edges"].as_array().unwrap();
    assert_eq!(edges.len(), found.len());
    if let (Some(first), Some(last)) = (edges.first(), edges.last()) {
        assert_eq!(first["cursor"], data["page"]["pageInfo"]["startCursor"]);
        assert_eq!(last["cursor"], data["page"]["pageInfo"]["endCursor"]);
    }
    (found, data["page"]["pageInfo"].take())
}

#[tokio::test]
async fn excursions_are_paged_forward_while_others_are_created() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for number in 0..7 {
        ids.push(
            world
                .excursion(&format!("Excursion {number}"), "Riga", "A walk")
                .await,
        );
    }
    let mut seen = Vec::new();
    let mut after = Value::Null;
    loop {
        let (found, info) = page(&world, EXCURSIONS, json!({ "first": 3, "after": after })).await;
        assert_eq!(info["hasPreviousPage"], !after.is_null());
        seen.extend(found);
        if ids.len() < 9 {
            ids.push(world.excursion("One more", "Riga", "A walk").await);
        }
        if info["hasNextPage"] == false {
            break;
        }
        after = info["endCursor"].clone();
    }
    assert_eq!(
        seen, ids,
        "each once, in the order of creation, the new ones at the end"
    );
}

#[tokio::test]
async fn excursions_are_paged_backward_while_others_are_created() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for number in 0..7 {
        ids.push(
            world
                .excursion(&format!("Excursion {number}"), "Riga", "A walk")
                .await,
        );
    }
    let mut seen = Vec::new();
    let mut before = Value::Null;
    loop {
        let (found, info) = page(&world, EXCURSIONS, json!({ "last": 3, "before": before })).await;
        assert_eq!(info["hasNextPage"], !before.is_null());
        seen.splice(0..0, found);
        world.excursion("One more", "Riga", "A walk").await;
        if info["hasPreviousPage"] == false {
            break;
        }
        before = info["startCursor"].clone();
    }
    assert_eq!(seen, ids, "each once, without those created meanwhile");
}

/// Departures that start at the same time, so that the id decides between them.
async fn departures(world: &World, starts: &[DateTime<Utc>]) -> Vec<String> {
    let excursion = world.excursion("Roofs", "Riga", "A walk").await;
    let mut ids = Vec::new();
    for start in starts {
        ids.push(world.departure(&excursion, *start, 5).await);
    }
    ids
}

#[tokio::test]
async fn departures_are_paged_both_ways_while_others_are_scheduled() {
    let world = World::new().await;
    let (early, middle, late) = (in_days(2), in_days(3), in_days(4));
    let ids = departures(&world, &[late, middle, middle, middle, early, middle]).await;
    let order = [&ids[4], &ids[1], &ids[2], &ids[3], &ids[5], &ids[0]].map(Clone::clone);

    let (first, info) = page(&world, DEPARTURES, json!({ "first": 2 })).await;
    assert_eq!(first, order[..2]);
    let between = departures(&world, &[early - TimeDelta::hours(1), middle, late]).await;
    let after = &info["endCursor"];
    let (second, _) = page(&world, DEPARTURES, json!({ "first": 10, "after": after })).await;
    let rest = [
        &order[2],
        &order[3],
        &order[4],
        &between[1],
        &order[5],
        &between[2],
    ]
    .map(Clone::clone);
    assert_eq!(
        second, rest,
        "what was scheduled behind the cursor appears, nothing comes twice"
    );

    let (back, info) = page(&world, DEPARTURES, json!({ "last": 10, "before": after })).await;
    assert_eq!(back, [between[0].clone(), order[0].clone()]);
    assert_eq!(info["hasNextPage"], true);
    let window = json!({ "first": 10, "after": info["startCursor"], "before": after });
    assert_eq!(page(&world, DEPARTURES, window).await.0, [order[0].clone()]);
    let (end, info) = page(&world, DEPARTURES, json!({ "last": 1 })).await;
    assert_eq!(
        (end, &info["hasPreviousPage"]),
        (vec![between[2].clone()], &json!(true))
    );
}

#[tokio::test]
async fn empty_list_is_an_empty_page() {
    let world = World::new().await;
    for document in [EXCURSIONS, DEPARTURES] {
        let (found, info) = page(&world, document, json!({})).await;
        assert_eq!(found, Vec::<String>::new());
        let nothing = json!({
            "hasNextPage": false, "hasPreviousPage": false, "startCursor": null, "endCursor": null,
        });
        assert_eq!(info, nothing);
    }
}

#[tokio::test]
async fn bad_pages_are_refused() {
    let world = World::new().await;
    let excursion = world.excursion("Roofs", "Riga", "A walk").await;
    world.departure(&excursion, in_days(1), 5).await;
    let (_, of_excursions) = page(&world, EXCURSIONS, json!({})).await;
    let year_minus_290000 = "gAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    for arguments in [
        json!({ "first": 0 }),
        json!({ "first": -1 }),
        json!({ "first": 101 }),
        json!({ "last": 0 }),
        json!({ "first": 1, "last": 1 }),
        json!({ "after": "nonsense" }),
        json!({ "after": "" }),
        json!({ "before": of_excursions["endCursor"] }),
        json!({ "before": year_minus_290000 }),
    ] {
        let refusal = world.refusal(&Caller::Nobody, DEPARTURES, arguments).await;
        assert_eq!(refusal, "BAD_USER_INPUT");
    }
}
