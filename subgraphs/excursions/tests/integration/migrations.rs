//! Migrations, up and down, and the constraints that hold the invariants.

use diesel::result::Error;
use diesel::sql_query;
use diesel_async::RunQueryDsl;
use service::database::{migrate, pending, revert};
use uuid::Uuid;

use super::world::{World, reserve};

#[tokio::test]
async fn migrations_go_down_and_up_again() {
    let world = World::new().await;
    let url = &world.database.url;
    let leftovers = "SELECT to_jsonb(relname) AS row FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE '\\_\\_diesel%'
        UNION ALL SELECT to_jsonb(proname) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
            AND proname NOT LIKE 'diesel%'";
    let count = world.rows(leftovers).await.len();
    revert(url, excursions::migrations()).await.unwrap();
    assert_eq!(world.rows(leftovers).await, Vec::<serde_json::Value>::new());
    migrate(url, excursions::migrations()).await.unwrap();
    assert_eq!(
        pending(url, excursions::migrations()).await.unwrap(),
        Vec::<String>::new()
    );
    assert_eq!(world.rows(leftovers).await.len(), count);
}

#[tokio::test]
async fn database_refuses_what_must_not_be() {
    let world = World::new().await;
    let departure = world.some_departure(10).await;
    let order = Uuid::now_v7();
    assert_eq!(world.one("reserve", reserve(order, &departure, 3)).await, "DONE");
    for (statement, constraint) in [
        (
            "UPDATE departures SET seats_taken = 11",
            "departures_seats_within_capacity",
        ),
        (
            "UPDATE departures SET seats_taken = -1",
            "departures_seats_within_capacity",
        ),
        (
            "UPDATE departures SET capacity = 2",
            "departures_seats_within_capacity",
        ),
        ("UPDATE departures SET price_minor = 0", "departures_price_bounds"),
        ("UPDATE departures SET status = 'gone'", "departures_status_known"),
        (
            "UPDATE departures SET sales_close_at = starts_at + interval '1 s'",
            "departures_sales_close_before_start",
        ),
        (
            "UPDATE reservations SET status = 'void', released_at = now()",
            "reservations_void_of_nothing",
        ),
        (
            "UPDATE reservations SET status = 'released'",
            "reservations_released_when_not_held",
        ),
        ("UPDATE reservations SET seats = 0", "reservations_seats_positive"),
        ("UPDATE excursions SET title = ''", "excursions_title_length"),
    ] {
        let result = sql_query(statement).execute(&mut *world.connection().await).await;
        let Err(Error::DatabaseError(_, info)) = result else {
            panic!("{statement}: {result:?}");
        };
        assert_eq!(info.constraint_name(), Some(constraint), "{statement}");
    }
}
