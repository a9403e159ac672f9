//! `createExcursion`, `updateExcursion`, `scheduleDeparture`, `updateDeparture`.

use serde_json::{Value, json};
use tests::Failure;
use tests::model::{BookingRequest, Departure, eur};
use tests::scene::scene;
use uuid::Uuid;

use super::table::{For, NOT_VALID, Refusal, Row, Table, error, errors, mutation, with, without};

fn invalid(field: &str) -> Refusal {
    error("INVALID_INPUT", field)
}

/// What is wrong with an excursion, whether it is new or changed.
fn bad_excursions() -> Vec<Row> {
    vec![
        with("title", "", invalid("title")),
        with("title", " \n", invalid("title")),
        with("title", "t".repeat(201), invalid("title")),
        with("title", "a\u{0}b", invalid("title")),
        with("title", 7, NOT_VALID),
        with("description", "", invalid("description")),
        with("description", "d".repeat(10_001), invalid("description")),
        with("city", "", invalid("city")),
        with("city", "c".repeat(101), invalid("city")),
        with("meetingPoint", "", invalid("meetingPoint")),
        with("meetingPoint", "m".repeat(501), invalid("meetingPoint")),
        with("durationMinutes", 0, invalid("durationMinutes")),
        with("durationMinutes", -60, invalid("durationMinutes")),
        with("durationMinutes", 43_201, invalid("durationMinutes")),
        with("durationMinutes", 2_147_483_648_i64, NOT_VALID),
        with("durationMinutes", 1.5, NOT_VALID),
        with("durationMinutes", "an hour", NOT_VALID),
        with(
            "title",
            "",
            errors(&[
                ("INVALID_INPUT", "title"),
                ("INVALID_INPUT", "city"),
                ("INVALID_INPUT", "durationMinutes"),
            ]),
        )
        .and("city", "")
        .and("durationMinutes", 0),
    ]
}

#[tokio::test]
async fn create_excursion() -> Result<(), Failure> {
    scene(async |stage| {
        let operator = stage.settled_operator("Olga").await?;
        let table = Table {
            stage,
            mutation: mutation!("createExcursion", "CreateExcursionInput"),
            api: &operator.0.api,
            good: json!(stage.excursion()),
            concerned: &[operator.0.user.id],
        };
        table.refuses(&bad_excursions()).await?;
        table
            .refuses(&[
                without("title", NOT_VALID),
                without("description", NOT_VALID),
                without("city", NOT_VALID),
                without("durationMinutes", NOT_VALID),
                without("idempotencyKey", NOT_VALID),
                with("title", Value::Null, NOT_VALID),
                with("idempotencyKey", "one", NOT_VALID),
            ])
            .await?;
        table.is_for(For::Operators).await?;
        table.takes_the_good_one().await?;
        let reused = error("IDEMPOTENCY_KEY_REUSED", "idempotencyKey");
        table.refuses(&[with("city", "Porto", reused)]).await
    })
    .await
}

#[tokio::test]
async fn update_excursion() -> Result<(), Failure> {
    scene(async |stage| {
        let operator = stage.settled_operator("Olga").await?;
        let excursion = operator.create_excursion(&stage.excursion()).await?;
        let table = Table {
            stage,
            mutation: mutation!("updateExcursion", "UpdateExcursionInput"),
            api: &operator.0.api,
            good: json!({ "excursionId": excursion.id, "title": format!("Dusk with {}", stage.family) }),
            concerned: &[operator.0.user.id],
        };
        let not_found = || error("NOT_FOUND", "excursionId");
        table.refuses(&bad_excursions()).await?;
        table
            .refuses(&[
                without("excursionId", NOT_VALID),
                with("excursionId", Value::Null, NOT_VALID),
                with("excursionId", "", not_found()),
                with("excursionId", "rooftops", not_found()),
                with("excursionId", Uuid::now_v7().to_string(), not_found()),
            ])
            .await?;
        table.is_for(For::Operators).await?;
        table.takes_the_good_one().await
    })
    .await
}

/// What is wrong with a departure, whether it is new or changed.
fn bad_departures(like: &Departure) -> Vec<Row> {
    let after_the_start = like.starts_at + chrono::TimeDelta::seconds(1);
    vec![
        with(
            "salesCloseAt",
            after_the_start.to_rfc3339(),
            invalid("salesCloseAt"),
        ),
        with("salesCloseAt", "tomorrow", NOT_VALID),
        with("price", "10.00", NOT_VALID),
        with("price", json!({ "amount": "10.00" }), NOT_VALID),
        with("price", json!({ "currency": "EUR" }), NOT_VALID),
        with("price", money("", "EUR"), NOT_VALID),
        with("price", money("ten", "EUR"), NOT_VALID),
        with("price", money("10.00", "EURO"), NOT_VALID),
        with("price", money("0.00", "EUR"), invalid("price.amount")),
        with("price", money("-10.00", "EUR"), invalid("price.amount")),
        with("price", money("0.001", "EUR"), invalid("price.amount")),
        with("price", money("10000000000.01", "EUR"), invalid("price.amount")),
        with(
            "price",
            money("92233720368547758.08", "EUR"),
            invalid("price.amount"),
        ),
        with("capacity", 0, invalid("capacity")),
        with("capacity", -1, invalid("capacity")),
        with("capacity", 10_001, invalid("capacity")),
        with("capacity", 2_147_483_648_i64, NOT_VALID),
        with("capacity", "many", NOT_VALID),
    ]
}

fn money(amount: &str, currency: &str) -> Value {
    json!({ "amount": amount, "currency": currency })
}

#[tokio::test]
async fn schedule_departure() -> Result<(), Failure> {
    scene(async |stage| {
        let operator = stage.settled_operator("Olga").await?;
        let like = stage.departure(&operator, &eur(10), 10).await?;
        let table = Table {
            stage,
            mutation: mutation!("scheduleDeparture", "ScheduleDepartureInput"),
            api: &operator.0.api,
            good: json!({
                "excursionId": like.excursion.id,
                "startsAt": like.starts_at,
                "price": money("10.00", "EUR"),
                "capacity": 10,
                "idempotencyKey": Uuid::new_v4(),
            }),
            concerned: &[operator.0.user.id],
        };
        let not_found = || error("NOT_FOUND", "excursionId");
        table.refuses(&bad_departures(&like)).await?;
        table
            .refuses(&[
                without("excursionId", NOT_VALID),
                without("startsAt", NOT_VALID),
                without("price", NOT_VALID),
                without("capacity", NOT_VALID),
                without("idempotencyKey", NOT_VALID),
                with("capacity", Value::Null, NOT_VALID),
                with("excursionId", "", not_found()),
                with("excursionId", "rooftops", not_found()),
                with("excursionId", Uuid::now_v7().to_string(), not_found()),
                with("startsAt", "", NOT_VALID),
                with("startsAt", "2030-02-30T00:00:00Z", NOT_VALID),
                with("startsAt", "2020-01-01T00:00:00Z", invalid("startsAt")),
                with("idempotencyKey", "one", NOT_VALID),
                with(
                    "price",
                    money("0", "EUR"),
                    errors(&[("INVALID_INPUT", "price.amount"), ("INVALID_INPUT", "capacity")]),
                )
                .and("capacity", 0),
            ])
            .await?;
        table.is_for(For::Operators).await?;
        table.takes_the_good_one().await?;
        let reused = error("IDEMPOTENCY_KEY_REUSED", "idempotencyKey");
        table.refuses(&[with("capacity", 11, reused)]).await
    })
    .await
}

#[tokio::test]
async fn update_departure() -> Result<(), Failure> {
    scene(async |stage| {
        let operator = stage.settled_operator("Olga").await?;
        let departure = stage.departure(&operator, &eur(10), 10).await?;
        let ada = stage.customer_with("Ada", &eur(100)).await?;
        let order = ada.book(&BookingRequest::new(&departure, 3)).await?.order;
        ada.mail("ORDER_CONFIRMED", Some(order.id)).await?;
        let table = Table {
            stage,
            mutation: mutation!("updateDeparture", "UpdateDepartureInput"),
            api: &operator.0.api,
            good: json!({ "departureId": departure.id, "capacity": 12 }),
            concerned: &[operator.0.user.id, ada.id()],
        };
        let not_found = || error("NOT_FOUND", "departureId");
        table.refuses(&bad_departures(&departure)).await?;
        table
            .refuses(&[
                without("departureId", NOT_VALID),
                with("departureId", Value::Null, NOT_VALID),
                with("departureId", "", not_found()),
                with("departureId", "dawn", not_found()),
                with("departureId", Uuid::now_v7().to_string(), not_found()),
                with("capacity", 2, error("CONFLICT", "capacity")),
                with("status", "CANCELLED", invalid("status")),
                with("status", "CANCELLING", invalid("status")),
                with("status", "GONE", NOT_VALID),
            ])
            .await?;
        table.is_for(For::Operators).await?;
        table.takes_the_good_one().await?;
        let begun = operator.cancel(&departure, "a storm").await?;
        operator.completed(begun.id).await?;
        ada.mail("ORDER_CANCELLED", Some(order.id)).await?;
        let cancelled = error("DEPARTURE_CANCELLED", "departureId");
        table.refuses(&[with("capacity", 13, cancelled)]).await
    })
    .await
}
