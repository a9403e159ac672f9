//! Many at a time: on real connections, in whatever order they come.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use diesel_async::SimpleAsyncConnection;
use futures::future::join_all;
use serde_json::{Value, json};
use service::database::Connection;
use uuid::Uuid;

use super::world::{World, release, reserve, verdict};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_batches_take_exactly_the_last_fifty_seats() {
    let world = World::new().await;
    let departure = world.some_departure(60).await;
    assert_eq!(
        world
            .one("reserve", reserve(Uuid::now_v7(), &departure, 10))
            .await,
        "DONE"
    );
    let batches = join_all((0..200).map(|_| {
        let batch = json!([
            reserve(Uuid::now_v7(), &departure, 1),
            reserve(Uuid::now_v7(), &departure, 2)
        ]);
        world.command("reserve", batch)
    }))
    .await;
    let mut taken = 0;
    for outcomes in batches {
        for (outcome, seats) in outcomes.iter().zip([1, 2]) {
            match verdict(outcome).as_str() {
                "DONE" => taken += seats,
                "SOLD_OUT" => {}
                other => panic!("{other}"),
            }
        }
    }
    assert_eq!(taken, 50);
    assert_eq!(world.see(&departure).await["seatsAvailable"], 0);
    world.audited().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn batches_over_the_same_departures_in_any_order_do_not_block_each_other() {
    const BATCHES: usize = 12;
    let world = World::new().await;
    let mut departures = Vec::new();
    for _ in 0..5 {
        departures.push(world.some_departure(100).await);
    }
    // All of them have begun, and wait in the middle, before any can go on.
    let mut holder = lock(&world, &departures[2]).await;
    let reserving = (0..BATCHES).map(|number| {
        let mut batch: Vec<Value> = departures
            .iter()
            .map(|departure| reserve(Uuid::now_v7(), departure, 1))
            .collect();
        batch.rotate_left(number % 5);
        if number % 2 == 0 {
            batch.reverse();
        }
        world.command("reserve", json!(batch))
    });
    let releasing = async {
        until_waiting(&world, BATCHES).await;
        holder.batch_execute("COMMIT").await.unwrap();
    };
    let (batches, ()) = tokio::join!(join_all(reserving), releasing);
    assert!(
        batches
            .iter()
            .flatten()
            .all(|outcome| outcome["status"] == "DONE")
    );
    for departure in &departures {
        assert_eq!(world.see(departure).await["seatsAvailable"], 100 - BATCHES);
    }
    world.audited().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reserve_and_release_of_one_order_leave_no_seat_taken() {
    let world = World::new().await;
    let departure = world.some_departure(500).await;
    let races = (0..100).map(|number| {
        let (world, departure) = (&world, &departure);
        async move {
            let order = Uuid::now_v7();
            let reserving = world.one("reserve", reserve(order, departure, 3));
            let releasing = world.one("release", release(order, departure));
            let (reserved, released) = if number % 2 == 0 {
                tokio::join!(reserving, releasing)
            } else {
                let (released, reserved) = tokio::join!(releasing, reserving);
                (reserved, released)
            };
            assert_eq!(released, "DONE");
            reserved
        }
    });
    let mut reserved: HashMap<String, usize> = HashMap::new();
    for verdict in join_all(races).await {
        *reserved.entry(verdict).or_default() += 1;
    }
    assert!(
        reserved
            .keys()
            .all(|verdict| verdict == "DONE" || verdict == "CONFLICT"),
        "{reserved:?}"
    );
    assert_eq!(world.see(&departure).await["seatsAvailable"], 500);
    world.audited().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn repeated_commands_at_the_same_time_take_the_seats_once() {
    let world = World::new().await;
    let departure = world.some_departure(50).await;
    let orders: Vec<Uuid> = (0..10).map(|_| Uuid::now_v7()).collect();
    let batch: Vec<Value> = orders
        .iter()
        .map(|order| reserve(*order, &departure, 2))
        .collect();
    let batches = join_all((0..20).map(|_| world.command("reserve", json!(batch)))).await;
    assert!(
        batches
            .iter()
            .flatten()
            .all(|outcome| outcome["status"] == "DONE")
    );
    assert_eq!(world.see(&departure).await["seatsAvailable"], 30);
    world.audited().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn order_that_tries_two_departures_at_once_gets_seats_on_one() {
    let world = World::new().await;
    let departures = [world.some_departure(50).await, world.some_departure(50).await];
    for _ in 0..20 {
        let order = Uuid::now_v7();
        let (first, second) = tokio::join!(
            world.one("reserve", reserve(order, &departures[0], 1)),
            world.one("reserve", reserve(order, &departures[1], 1)),
        );
        let mut verdicts = [first, second];
        verdicts.sort();
        assert_eq!(verdicts, ["CONFLICT", "DONE"]);
    }
    world.audited().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_reserved_once_the_departure_is_closed() {
    let world = World::new().await;
    let departure = world.some_departure(10_000).await;
    let reserving = (0..100).map(|_| world.one("reserve", reserve(Uuid::now_v7(), &departure, 1)));
    let closing = async {
        assert_eq!(
            world
                .one("closeDeparture", json!({ "departureId": departure }))
                .await,
            "DONE"
        );
        // The close is committed: this is all that will ever be taken.
        world.see(&departure).await["seatsAvailable"].clone()
    };
    let (verdicts, left_when_closed) = tokio::join!(join_all(reserving), closing);
    let done = verdicts.iter().filter(|verdict| *verdict == "DONE").count();
    assert!(
        verdicts
            .iter()
            .all(|verdict| verdict == "DONE" || verdict == "DEPARTURE_CANCELLED")
    );
    assert_eq!(left_when_closed, json!(10_000 - done));
    assert_eq!(world.see(&departure).await["seatsAvailable"], left_when_closed);
    world.audited().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn capacity_never_falls_below_what_is_being_taken() {
    let world = World::new().await;
    let departure = world.some_departure(40).await;
    let reserving = (0..40).map(|_| world.one("reserve", reserve(Uuid::now_v7(), &departure, 1)));
    let shrinking = (0..10).map(|_| {
        world.mutate(
            "updateDeparture",
            json!({ "departureId": departure, "capacity": 20 }),
        )
    });
    let (verdicts, payloads) = tokio::join!(join_all(reserving), join_all(shrinking));
    let done = verdicts.iter().filter(|verdict| *verdict == "DONE").count();
    let shrunk = payloads.iter().any(|payload| payload["errors"] == json!([]));
    assert_eq!(done, if shrunk { 20 } else { 40 });
    world.audited().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seats_are_not_taken_after_sales_close_by_whoever_waited_for_the_lock() {
    let world = World::new().await;
    let departure = world.some_departure(10).await;
    let closing = Utc::now() + TimeDelta::milliseconds(500);
    world
        .mutate(
            "updateDeparture",
            json!({ "departureId": departure, "salesCloseAt": closing }),
        )
        .await;
    let mut holder = lock(&world, &departure).await;
    let reserving = world.one("reserve", reserve(Uuid::now_v7(), &departure, 1));
    let releasing = async {
        until_waiting(&world, 1).await;
        until("sales are closed", async || Utc::now() > closing).await;
        holder.batch_execute("COMMIT").await.unwrap();
    };
    let (verdict, ()) = tokio::join!(reserving, releasing);
    assert_eq!(verdict, "SALES_CLOSED");
}

/// A connection that holds the lock of a departure until it commits.
async fn lock(world: &World, departure: &str) -> Connection {
    let mut holder = world.connection().await;
    let statements = format!("BEGIN; SELECT FROM departures WHERE id = '{departure}' FOR UPDATE");
    holder.batch_execute(&statements).await.unwrap();
    holder
}

/// Waits until so many transactions wait for locks.
async fn until_waiting(world: &World, transactions: usize) {
    until("transactions wait", async || {
        let waiting = "SELECT to_jsonb(count(*)) AS row FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        world.rows(waiting).await == [json!(transactions)]
    })
    .await;
}

async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !condition().await {
        assert!(Instant::now() < deadline, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
