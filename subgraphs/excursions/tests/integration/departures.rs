//! Scheduling and changing departures.

use chrono::{DateTime, TimeDelta, Utc};
use futures::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{World, euros, in_days, reserve};

fn tomorrow(excursion: &str, key: Uuid) -> Value {
    json!({
        "excursionId": excursion,
        "startsAt": in_days(1),
        "price": euros("12.50"),
        "capacity": 10,
        "idempotencyKey": key,
    })
}

fn with(mut input: Value, field: &str, value: Value) -> Value {
    input[field] = value;
    input
}

fn error(code: &str, field: &str) -> [(String, String); 1] {
    [(code.to_owned(), format!("input.{field}"))]
}

#[tokio::test]
async fn departure_is_scheduled_once_for_a_key() {
    let world = World::new().await;
    let excursion = world.excursion("Roofs", "Riga", "A walk").await;
    let input = tomorrow(&excursion, Uuid::new_v4());
    let first = world.mutate("scheduleDeparture", input.clone()).await;
    assert_eq!(first["errors"], json!([]));
    let departure = &first["departure"];
    assert_eq!(departure["excursion"]["title"], "Roofs");
    assert_eq!(departure["salesCloseAt"], departure["startsAt"], "unless given");
    assert_eq!(departure["price"], euros("12.50"));
    assert_eq!(
        (&departure["capacity"], &departure["seatsAvailable"]),
        (&json!(10), &json!(10))
    );
    assert_eq!(departure["status"], "OPEN");

    let again = world.mutate("scheduleDeparture", input.clone()).await;
    assert_eq!(
        (&again["replayed"], &again["departure"]),
        (&json!(true), departure)
    );
    let other = with(input, "capacity", json!(11));
    assert_eq!(
        world.refused("scheduleDeparture", other).await,
        error("IDEMPOTENCY_KEY_REUSED", "idempotencyKey")
    );
}

#[tokio::test]
async fn concurrent_requests_with_one_key_schedule_one_departure() {
    let world = World::new().await;
    let excursion = world.excursion("Roofs", "Riga", "A walk").await;
    let input = tomorrow(&excursion, Uuid::new_v4());
    let payloads = join_all((0..16).map(|_| world.mutate("scheduleDeparture", input.clone()))).await;
    let first = &payloads[0]["departure"]["id"];
    assert!(
        payloads
            .iter()
            .all(|payload| payload["departure"]["id"] == *first)
    );
    let scheduled = payloads.iter().filter(|payload| payload["replayed"] == false);
    assert_eq!(scheduled.count(), 1);
    assert_eq!(world.events().await.len(), 1);
}

#[tokio::test]
async fn repeated_request_is_answered_also_after_the_start() {
    let world = World::new().await;
    let excursion = world.excursion("Roofs", "Riga", "A walk").await;
    let soon = Utc::now() + TimeDelta::seconds(2);
    let input = with(tomorrow(&excursion, Uuid::new_v4()), "startsAt", json!(soon));
    let first = world.mutate("scheduleDeparture", input.clone()).await;
    assert_eq!(first["errors"], json!([]));
    while Utc::now() <= soon {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let again = world.mutate("scheduleDeparture", input.clone()).await;
    assert_eq!(again["replayed"], true);
    assert_eq!(again["departure"]["id"], first["departure"]["id"]);
    let new = with(input, "idempotencyKey", json!(Uuid::new_v4()));
    assert_eq!(
        world.refused("scheduleDeparture", new).await,
        error("INVALID_INPUT", "startsAt")
    );
}

#[tokio::test]
async fn bad_input_schedules_nothing() {
    let world = World::new().await;
    let excursion = world.excursion("Roofs", "Riga", "A walk").await;
    let price = |amount: &str, currency: &str| json!({ "amount": amount, "currency": currency });
    let cases = [
        ("excursionId", json!(Uuid::now_v7()), "NOT_FOUND", "excursionId"),
        ("excursionId", json!("nonsense"), "NOT_FOUND", "excursionId"),
        ("startsAt", json!(in_days(-1)), "INVALID_INPUT", "startsAt"),
        ("salesCloseAt", json!(in_days(2)), "INVALID_INPUT", "salesCloseAt"),
        ("price", price("0", "EUR"), "INVALID_INPUT", "price.amount"),
        ("price", price("-1.00", "EUR"), "INVALID_INPUT", "price.amount"),
        ("price", price("1.001", "EUR"), "INVALID_INPUT", "price.amount"),
        ("price", price("1.5", "JPY"), "INVALID_INPUT", "price.amount"),
        (
            "price",
            price("10000000000.01", "EUR"),
            "INVALID_INPUT",
            "price.amount",
        ),
        (
            "price",
            price("79228162514264337593543950335", "EUR"),
            "INVALID_INPUT",
            "price.amount",
        ),
        ("capacity", json!(0), "INVALID_INPUT", "capacity"),
        ("capacity", json!(-5), "INVALID_INPUT", "capacity"),
        ("capacity", json!(10_001), "INVALID_INPUT", "capacity"),
    ];
    for (field, value, code, path) in cases {
        let input = with(tomorrow(&excursion, Uuid::new_v4()), field, value);
        assert_eq!(world.refused("scheduleDeparture", input).await, error(code, path));
    }
    let far = with(
        tomorrow(&excursion, Uuid::new_v4()),
        "startsAt",
        json!(DateTime::<Utc>::MAX_UTC),
    );
    assert_eq!(
        world.refused("scheduleDeparture", far).await,
        error("INVALID_INPUT", "startsAt")
    );
    let all = json!({
        "excursionId": "nonsense",
        "startsAt": in_days(1),
        "salesCloseAt": in_days(2),
        "price": price("0", "EUR"),
        "capacity": 0,
        "idempotencyKey": Uuid::new_v4(),
    });
    assert_eq!(
        world.refused("scheduleDeparture", all).await.len(),
        4,
        "all of it at once"
    );
    let largest = with(
        tomorrow(&excursion, Uuid::new_v4()),
        "price",
        euros("10000000000.00"),
    );
    assert_eq!(
        world.mutate("scheduleDeparture", largest).await["errors"],
        json!([])
    );
}

#[tokio::test]
async fn operator_changes_a_departure() {
    let world = World::new().await;
    let id = world.some_departure(10).await;
    let update = async |change: Value| {
        let payload = world
            .mutate("updateDeparture", with(change, "departureId", json!(id)))
            .await;
        assert_eq!(payload["errors"], json!([]));
        payload["departure"].clone()
    };
    let closing = "2026-01-01T00:00:00+00:00";
    let changed = update(json!({ "price": euros("15"), "capacity": 20, "salesCloseAt": closing })).await;
    assert_eq!(changed["price"], euros("15.00"));
    assert_eq!(
        (&changed["capacity"], &changed["seatsAvailable"]),
        (&json!(20), &json!(20))
    );
    assert_eq!(changed["salesCloseAt"], closing);
    let precise = update(json!({ "salesCloseAt": "2026-01-01T00:00:00.123456789Z" })).await;
    assert_eq!(precise["salesCloseAt"], world.see(&id).await["salesCloseAt"]);
    assert_eq!(update(json!({ "status": "CLOSED" })).await["status"], "CLOSED");
    assert_eq!(update(json!({ "status": "OPEN" })).await["status"], "OPEN");
    assert_eq!(world.see(&id).await["price"], euros("15.00"));
}

#[tokio::test]
async fn bad_change_changes_nothing() {
    let world = World::new().await;
    let id = world.some_departure(10).await;
    assert_eq!(
        world.one("reserve", reserve(Uuid::now_v7(), &id, 4)).await,
        "DONE"
    );
    let cases = [
        ("departureId", json!(Uuid::now_v7()), "NOT_FOUND", "departureId"),
        ("departureId", json!(""), "NOT_FOUND", "departureId"),
        ("price", euros("0.00"), "INVALID_INPUT", "price.amount"),
        ("price", euros("0.001"), "INVALID_INPUT", "price.amount"),
        ("capacity", json!(0), "INVALID_INPUT", "capacity"),
        ("capacity", json!(10_001), "INVALID_INPUT", "capacity"),
        ("capacity", json!(3), "CONFLICT", "capacity"),
        ("salesCloseAt", json!(in_days(2)), "INVALID_INPUT", "salesCloseAt"),
        ("status", json!("CANCELLING"), "INVALID_INPUT", "status"),
        ("status", json!("CANCELLED"), "INVALID_INPUT", "status"),
    ];
    for (field, value, code, path) in cases {
        let change = with(json!({ "departureId": id, "price": euros("99") }), field, value);
        assert_eq!(world.refused("updateDeparture", change).await, error(code, path));
    }
    let payload = world
        .mutate("updateDeparture", json!({ "departureId": id, "capacity": 4 }))
        .await;
    assert_eq!(
        payload["departure"]["seatsAvailable"], 0,
        "down to the seats taken"
    );
}

#[tokio::test]
async fn cancelled_departure_does_not_change() {
    let world = World::new().await;
    let id = world.some_departure(10).await;
    for command in ["closeDeparture", "finishCancellation"] {
        assert_eq!(world.one(command, json!({ "departureId": id })).await, "DONE");
        for change in [json!({ "status": "OPEN" }), json!({ "capacity": 11 }), json!({})] {
            let change = with(change, "departureId", json!(id));
            assert_eq!(
                world.refused("updateDeparture", change).await,
                error("DEPARTURE_CANCELLED", "departureId")
            );
        }
    }
}
