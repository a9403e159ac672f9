//! The audit finds what does not add up.

use serde_json::json;
use uuid::Uuid;

use service::audit::all_buckets;

use super::world::{World, release, reserve};

#[tokio::test]
async fn seats_without_reservations_are_found() {
    let world = World::new().await;
    let departure = world.some_departure(10).await;
    world.some_departure(10).await;
    assert_eq!(
        world.one("reserve", reserve(Uuid::now_v7(), &departure, 3)).await,
        "DONE"
    );
    world.audited().await;
    for seats in [2, 4] {
        world
            .run(&format!(
                "UPDATE departures SET seats_taken = {seats} WHERE id = '{departure}'"
            ))
            .await;
        let violations = excursions::audit::audit(&mut *world.connection().await)
            .await
            .unwrap();
        assert_eq!(violations.len(), 1);
        assert_eq!(violations[0].invariant, 3);
        assert!(violations[0].message.contains(&departure), "{}", violations[0]);
    }
}

#[tokio::test]
async fn reservations_are_told_with_whether_they_live() {
    let world = World::new().await;
    let departure = world.some_departure(10).await;
    let [held, released, void] = [(); 3].map(|()| Uuid::now_v7());
    for order in [held, released] {
        assert_eq!(world.one("reserve", reserve(order, &departure, 2)).await, "DONE");
    }
    world
        .command(
            "release",
            json!([release(released, &departure), release(void, &departure)]),
        )
        .await;
    let told = excursions::audit::reservations(&mut *world.connection().await, &all_buckets())
        .await
        .unwrap();
    let told: Vec<_> = told
        .iter()
        .map(|reservation| {
            assert_eq!(reservation.departure_id.to_string(), departure);
            (reservation.order_id.uuid(), reservation.seats, reservation.live)
        })
        .collect();
    assert_eq!(told, [(held, 2, true), (released, 2, false), (void, 0, false)]);
}
