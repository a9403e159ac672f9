//! What a participant of sagas does: quote, reserve, release, close and cancel.

use chrono::{TimeDelta, Utc};
use serde_json::{Value, json};
use uuid::Uuid;

use super::world::{World, euros, in_days, orders, release, reserve, verdict};

fn quote(departure: &str, seats: i32) -> Value {
    json!({ "orderId": Uuid::now_v7(), "departureId": departure, "seats": seats })
}

#[tokio::test]
async fn quote_tells_the_price_even_of_more_seats_than_are_left() {
    let world = World::new().await;
    let excursion = world.excursion("Roofs", "Riga", "A walk").await;
    let departure = world.departure(&excursion, in_days(1), 2).await;
    let outcomes = world
        .command("quote", json!([quote(&departure, 1), quote(&departure, 3)]))
        .await;
    assert_eq!(outcomes[0]["status"], "DONE");
    assert_eq!(outcomes[0]["unitPrice"], euros("10.00"));
    assert_eq!(outcomes[0]["excursionTitle"], "Roofs");
    assert_eq!(outcomes[0]["startsAt"], world.see(&departure).await["startsAt"]);
    assert_eq!(outcomes[1]["total"], euros("30.00"));
}

#[tokio::test]
async fn what_is_not_on_sale_is_neither_quoted_nor_reserved() {
    let world = World::new().await;
    let excursion = world.excursion("Roofs", "Riga", "A walk").await;
    let mut departures = Vec::new();
    for day in 1..=4 {
        departures.push(world.departure(&excursion, in_days(day), 5).await);
    }
    let [closed, over, cancelling, cancelled] = &departures[..] else {
        panic!()
    };
    world
        .mutate(
            "updateDeparture",
            json!({ "departureId": closed, "status": "CLOSED" }),
        )
        .await;
    let minute_ago = Utc::now() - TimeDelta::minutes(1);
    world
        .mutate(
            "updateDeparture",
            json!({ "departureId": over, "salesCloseAt": minute_ago }),
        )
        .await;
    for departure in [cancelling, cancelled] {
        assert_eq!(
            world
                .one("closeDeparture", json!({ "departureId": departure }))
                .await,
            "DONE"
        );
    }
    assert_eq!(
        world
            .one("finishCancellation", json!({ "departureId": cancelled }))
            .await,
        "DONE"
    );

    let unknown = Uuid::now_v7().to_string();
    let before = world.contents().await;
    for (departure, seats, code) in [
        (closed, 1, "SALES_CLOSED"),
        (over, 1, "SALES_CLOSED"),
        (cancelling, 1, "DEPARTURE_CANCELLED"),
        (cancelled, 1, "DEPARTURE_CANCELLED"),
        (&unknown, 1, "NOT_FOUND"),
        (closed, 0, "INVALID_INPUT"),
        (closed, -1, "INVALID_INPUT"),
        (closed, 10_001, "INVALID_INPUT"),
    ] {
        assert_eq!(world.one("quote", quote(departure, seats)).await, code);
        assert_eq!(
            world
                .one("reserve", reserve(Uuid::now_v7(), departure, seats))
                .await,
            code
        );
    }
    assert_eq!(world.contents().await, before);
}

#[tokio::test]
async fn seats_are_taken_once_for_an_order() {
    let world = World::new().await;
    let departure = world.some_departure(5).await;
    let order = Uuid::now_v7();
    let command = reserve(order, &departure, 2);
    assert_eq!(world.one("reserve", command.clone()).await, "DONE");
    let after = world.contents().await;
    assert_eq!(world.one("reserve", command.clone()).await, "DONE");
    let twice = world.command("reserve", json!([command.clone(), command])).await;
    assert!(twice.iter().all(|outcome| outcome["status"] == "DONE"));
    assert_eq!(
        world.one("reserve", reserve(order, &departure, 3)).await,
        "CONFLICT"
    );
    assert_eq!(world.contents().await, after);
    assert_eq!(world.see(&departure).await["seatsAvailable"], 3);
    world.audited().await;
}

#[tokio::test]
async fn seats_are_taken_only_at_the_quoted_price() {
    let world = World::new().await;
    let departure = world.some_departure(5).await;
    let at = |price: Value| {
        let mut command = reserve(Uuid::now_v7(), &departure, 1);
        command["unitPrice"] = price;
        command
    };
    for price in [
        euros("9.99"),
        euros("10.001"),
        json!({ "amount": "10.00", "currency": "USD" }),
        json!({ "amount": "79228162514264337593543950335", "currency": "EUR" }),
    ] {
        assert_eq!(world.one("reserve", at(price)).await, "PRICE_CHANGED");
    }
    world
        .mutate(
            "updateDeparture",
            json!({ "departureId": departure, "price": euros("11") }),
        )
        .await;
    assert_eq!(world.one("reserve", at(euros("10.00"))).await, "PRICE_CHANGED");
    assert_eq!(world.one("reserve", at(euros("11"))).await, "DONE");
}

#[tokio::test]
async fn batch_is_decided_in_its_order_and_a_smaller_order_may_still_fit() {
    let world = World::new().await;
    let full = world.some_departure(5).await;
    let other = world.some_departure(5).await;
    let orders: Vec<Uuid> = (0..6).map(|_| Uuid::now_v7()).collect();
    let batch = json!([
        reserve(orders[0], &full, 3),
        reserve(orders[1], &full, 3),
        reserve(orders[2], &other, 5),
        reserve(orders[3], &full, 2),
        reserve(orders[4], &Uuid::now_v7().to_string(), 1),
        reserve(orders[5], &full, 1),
    ]);
    let outcomes = world.command("reserve", batch).await;
    let verdicts: Vec<String> = outcomes.iter().map(verdict).collect();
    assert_eq!(
        verdicts,
        ["DONE", "SOLD_OUT", "DONE", "DONE", "NOT_FOUND", "SOLD_OUT"]
    );
    let answered: Vec<String> = outcomes
        .iter()
        .map(|outcome| outcome["orderId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(answered, orders.iter().map(Uuid::to_string).collect::<Vec<_>>());
    world.audited().await;
}

#[tokio::test]
async fn release_gives_the_seats_back_once_whatever_the_status() {
    let world = World::new().await;
    let departure = world.some_departure(5).await;
    let order = Uuid::now_v7();
    assert_eq!(world.one("reserve", reserve(order, &departure, 2)).await, "DONE");
    assert_eq!(
        world.one("reserve", reserve(Uuid::now_v7(), &departure, 3)).await,
        "DONE"
    );
    assert_eq!(
        world
            .one("closeDeparture", json!({ "departureId": departure }))
            .await,
        "DONE"
    );
    for _ in 0..2 {
        assert_eq!(world.one("release", release(order, &departure)).await, "DONE");
        assert_eq!(world.see(&departure).await["seatsAvailable"], 2);
    }
    assert_eq!(
        world.one("reserve", reserve(order, &departure, 2)).await,
        "CONFLICT"
    );
    world.audited().await;
}

#[tokio::test]
async fn release_that_comes_first_refuses_the_reservation() {
    let world = World::new().await;
    let departure = world.some_departure(5).await;
    let order = Uuid::now_v7();
    for _ in 0..2 {
        assert_eq!(world.one("release", release(order, &departure)).await, "DONE");
    }
    assert_eq!(
        world.one("reserve", reserve(order, &departure, 1)).await,
        "CONFLICT"
    );
    assert_eq!(world.see(&departure).await["seatsAvailable"], 5);
    let unknown = Uuid::now_v7().to_string();
    assert_eq!(
        world.one("release", release(Uuid::now_v7(), &unknown)).await,
        "DONE"
    );
    world.audited().await;
}

#[tokio::test]
async fn release_on_another_departure_is_not_called_done() {
    let world = World::new().await;
    let departure = world.some_departure(5).await;
    let other = world.some_departure(5).await;
    let order = Uuid::now_v7();
    assert_eq!(world.one("reserve", reserve(order, &departure, 2)).await, "DONE");
    assert_eq!(world.one("release", release(order, &other)).await, "CONFLICT");
    assert_eq!(world.one("reserve", reserve(order, &other, 2)).await, "CONFLICT");
    assert_eq!(world.see(&departure).await["seatsAvailable"], 3);
    world.audited().await;
}

#[tokio::test]
async fn departure_is_closed_and_then_cancelled() {
    let world = World::new().await;
    let departure = world.some_departure(5).await;
    let command = json!({ "departureId": departure });
    let status = async || world.see(&departure).await["status"].clone();
    assert_eq!(world.one("finishCancellation", command.clone()).await, "CONFLICT");
    assert_eq!(status().await, "OPEN");
    for _ in 0..2 {
        assert_eq!(world.one("closeDeparture", command.clone()).await, "DONE");
        assert_eq!(status().await, "CANCELLING");
    }
    for _ in 0..2 {
        assert_eq!(world.one("finishCancellation", command.clone()).await, "DONE");
        assert_eq!(status().await, "CANCELLED");
    }
    assert_eq!(world.one("closeDeparture", command).await, "DONE");
    assert_eq!(status().await, "CANCELLED");
    let unknown = json!({ "departureId": Uuid::now_v7() });
    for name in ["closeDeparture", "finishCancellation"] {
        assert_eq!(world.one(name, unknown.clone()).await, "NOT_FOUND");
    }
}

#[tokio::test]
async fn batch_has_bounds() {
    let world = World::new().await;
    let departure = world.some_departure(10_000).await;
    let document = "mutation ($commands: [ReserveCommand!]!) { reserve(commands: $commands) { status } }";
    let batch = |size: usize| -> Vec<Value> {
        (0..size)
            .map(|_| reserve(Uuid::now_v7(), &departure, 1))
            .collect()
    };
    for size in [0, 1_001] {
        let refusal = world
            .refusal(&orders(), document, json!({ "commands": batch(size) }))
            .await;
        assert_eq!(refusal, "BAD_USER_INPUT");
    }
    let outcomes = world.command("reserve", json!(batch(1_000))).await;
    assert!(outcomes.iter().all(|outcome| outcome["status"] == "DONE"));
    assert_eq!(world.see(&departure).await["seatsAvailable"], 9_000);
    world.audited().await;
}
