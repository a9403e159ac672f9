//! What is published of departures.

use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{World, euros, in_days, release, reserve};

/// Of each event: type, revision, status and seats left.
fn summary(events: &[(String, Value)]) -> Vec<(&str, i64, &str, i64)> {
    let events = events.iter().map(|(kind, payload)| {
        (
            kind.as_str(),
            payload["revision"].as_i64().unwrap(),
            payload["status"].as_str().unwrap(),
            payload["seatsAvailable"].as_i64().unwrap(),
        )
    });
    events.collect()
}

#[tokio::test]
async fn every_change_is_told_once_with_the_next_revision() {
    let world = World::new().await;
    let departure = world.some_departure(10).await;
    let order = Uuid::now_v7();
    let update = async |change: Value| {
        let mut input = change;
        input["departureId"] = json!(departure);
        world.mutate("updateDeparture", input).await;
    };
    update(json!({ "capacity": 12 })).await;
    update(json!({ "capacity": 12, "status": "OPEN" })).await;
    update(json!({})).await;
    let batch: Vec<Value> = (0..4).map(|_| reserve(Uuid::now_v7(), &departure, 2)).collect();
    world.command("reserve", json!(batch)).await;
    world.command("reserve", json!(batch)).await;
    assert_eq!(
        world.one("reserve", reserve(Uuid::now_v7(), &departure, 9)).await,
        "SOLD_OUT"
    );
    world
        .command("reserve", json!([reserve(order, &departure, 4)]))
        .await;
    world
        .command(
            "release",
            json!([release(order, &departure), release(Uuid::now_v7(), &departure)]),
        )
        .await;
    world
        .command("release", json!([release(order, &departure)]))
        .await;
    update(json!({ "status": "CLOSED" })).await;
    for command in [
        "closeDeparture",
        "closeDeparture",
        "finishCancellation",
        "finishCancellation",
    ] {
        world
            .command(
                command,
                json!([{ "departureId": departure }, { "departureId": departure }]),
            )
            .await;
    }
    let events = world.events().await;
    assert_eq!(
        summary(&events),
        [
            ("DepartureScheduled", 1, "OPEN", 10),
            ("DepartureUpdated", 2, "OPEN", 12),
            ("DepartureUpdated", 3, "OPEN", 4),
            ("DepartureUpdated", 4, "OPEN", 0),
            ("DepartureUpdated", 5, "OPEN", 4),
            ("DepartureUpdated", 6, "CLOSED", 4),
            ("DepartureUpdated", 7, "CANCELLING", 4),
            ("DepartureUpdated", 8, "CANCELLED", 4),
        ]
    );
}

#[tokio::test]
async fn event_holds_what_consumers_are_promised() {
    let world = World::new().await;
    let excursion = world.excursion("Roofs", "Riga", "A walk").await;
    let departure = world.departure(&excursion, in_days(1), 10).await;
    world
        .mutate(
            "updateExcursion",
            json!({ "excursionId": excursion, "title": "Attics" }),
        )
        .await;
    world.one("reserve", reserve(Uuid::now_v7(), &departure, 3)).await;
    let rows = world
        .rows("SELECT to_jsonb(t) AS row FROM outbox t ORDER BY position")
        .await;
    let starts_at = world.see(&departure).await["startsAt"].clone();
    for (row, kind, title, seats, revision) in [
        (&rows[0], "DepartureScheduled", "Roofs", 10, 1),
        (&rows[1], "DepartureUpdated", "Attics", 7, 2),
    ] {
        assert_eq!(row["type"], kind);
        assert_eq!(
            (&row["aggregatetype"], &row["aggregateid"]),
            (&json!("departure"), &json!(departure))
        );
        let told: chrono::DateTime<chrono::Utc> =
            serde_json::from_value(row["payload"]["startsAt"].clone()).unwrap();
        assert_eq!(json!(told.to_rfc3339()), starts_at);
        let expected = json!({
            "departureId": departure,
            "excursionId": excursion,
            "title": title,
            "city": "Riga",
            "startsAt": row["payload"]["startsAt"],
            "capacity": 10,
            "seatsAvailable": seats,
            "price": euros("10.00"),
            "status": "OPEN",
            "revision": revision,
        });
        assert_eq!(row["payload"], expected);
    }
}

#[tokio::test]
async fn batch_tells_of_each_departure_once() {
    let world = World::new().await;
    let departures = [world.some_departure(9).await, world.some_departure(9).await];
    let batch: Vec<Value> = (0..8)
        .map(|number| reserve(Uuid::now_v7(), &departures[number % 2], 1))
        .collect();
    world.command("reserve", json!(batch)).await;
    let events = world.events().await;
    let mut told: Vec<_> = events[2..]
        .iter()
        .map(|(_, payload)| payload["departureId"].clone())
        .collect();
    told.sort_by_key(Value::to_string);
    assert_eq!(told, departures.map(Value::from));
}
