//! `bookExcursion`, `cancelOrder`, `cancelDeparture`.

use serde_json::{Value, json};
use tests::actor::{Customer, Operator};
use tests::failure::told;
use tests::model::{BookingRequest, Departure, Order, eur};
use tests::scene::scene;
use tests::{Failure, Stage};
use uuid::Uuid;

use super::table::{For, NOT_VALID, Table, error, mutation, with, without};

/// A customer with a confirmed order; all mails have arrived.
struct Scene {
    operator: Operator,
    departure: Departure,
    customer: Customer,
    order: Order,
}

impl Scene {
    async fn set(stage: &Stage) -> Result<Self, Failure> {
        let operator = stage.settled_operator("Olga").await?;
        let departure = stage.departure(&operator, &eur(10), 10).await?;
        let customer = stage.customer_with("Ada", &eur(100)).await?;
        let order = booked(&customer, &departure).await?;
        Ok(Self {
            operator,
            departure,
            customer,
            order,
        })
    }
}

async fn booked(customer: &Customer, departure: &Departure) -> Result<Order, Failure> {
    let order = customer.book(&BookingRequest::new(departure, 1)).await?.order;
    told("the booking", order.outcome().as_str(), "CONFIRMED")?;
    customer.mail("WELCOME", None).await?;
    customer.mail("ORDER_CONFIRMED", Some(order.id)).await?;
    Ok(order)
}

#[tokio::test]
async fn book_excursion() -> Result<(), Failure> {
    scene(async |stage| {
        let scene = Scene::set(stage).await?;
        let table = Table {
            stage,
            mutation: mutation!("bookExcursion", "BookExcursionInput"),
            api: &scene.customer.0.api,
            good: json!(BookingRequest::new(&scene.departure, 2)),
            concerned: &[scene.customer.id(), scene.operator.0.user.id],
        };
        let not_found = || error("NOT_FOUND", "departureId");
        let invalid = || error("INVALID_INPUT", "seats");
        table
            .refuses(&[
                without("departureId", NOT_VALID),
                without("seats", NOT_VALID),
                without("idempotencyKey", NOT_VALID),
                with("departureId", Value::Null, NOT_VALID),
                with("seats", Value::Null, NOT_VALID),
                with("seats", "two", NOT_VALID),
                with("seats", 1.5, NOT_VALID),
                with("seats", 2_147_483_648_i64, NOT_VALID),
                with("idempotencyKey", "", NOT_VALID),
                with("idempotencyKey", "one", NOT_VALID),
                with("departureId", "", not_found()),
                with("departureId", "dawn", not_found()),
                with("departureId", Uuid::now_v7().to_string(), not_found()),
                with("seats", 0, invalid()),
                with("seats", -1, invalid()),
                with("seats", 51, invalid()),
                with("seats", i32::MAX, invalid()),
                with("seats", i32::MIN, invalid()),
            ])
            .await?;
        table.is_for(For::Users).await?;
        table.takes_the_good_one().await?;
        let order = scene.customer.orders().await?.remove(0);
        scene.customer.mail("ORDER_CONFIRMED", Some(order.id)).await?;
        let reused = error("IDEMPOTENCY_KEY_REUSED", "idempotencyKey");
        table.refuses(&[with("seats", 3, reused)]).await
    })
    .await
}

#[tokio::test]
async fn cancel_order() -> Result<(), Failure> {
    scene(async |stage| {
        let scene = Scene::set(stage).await?;
        let of_boris = {
            let boris = stage.customer_with("Boris", &eur(10)).await?;
            (booked(&boris, &scene.departure).await?, boris)
        };
        let rejected = scene
            .customer
            .book(&BookingRequest::new(&scene.departure, 50))
            .await?
            .order;
        told("the order", rejected.status.as_str(), "REJECTED")?;
        scene.customer.mail("ORDER_REJECTED", Some(rejected.id)).await?;
        let other = booked(&scene.customer, &scene.departure).await?;
        let table = Table {
            stage,
            mutation: mutation!("cancelOrder", "CancelOrderInput"),
            api: &scene.customer.0.api,
            good: json!({ "orderId": scene.order.id, "reason": "a cold", "idempotencyKey": Uuid::new_v4() }),
            concerned: &[scene.customer.id(), of_boris.1.id(), scene.operator.0.user.id],
        };
        let not_found = || error("NOT_FOUND", "orderId");
        table
            .refuses(&[
                without("orderId", NOT_VALID),
                without("idempotencyKey", NOT_VALID),
                with("orderId", Value::Null, NOT_VALID),
                with("reason", 7, NOT_VALID),
                with("idempotencyKey", "one", NOT_VALID),
                with("orderId", "", not_found()),
                with("orderId", "mine", not_found()),
                with("orderId", Uuid::now_v7().to_string(), not_found()),
                with("orderId", of_boris.0.id.to_string(), not_found()),
                with("orderId", rejected.id.to_string(), error("CONFLICT", "orderId")),
                with("reason", "", error("INVALID_INPUT", "reason")),
                with("reason", "r".repeat(501), error("INVALID_INPUT", "reason")),
            ])
            .await?;
        table.is_for(For::Users).await?;
        table.takes_the_good_one().await?;
        scene.customer.settled(scene.order.id).await?;
        scene
            .customer
            .mail("ORDER_CANCELLED", Some(scene.order.id))
            .await?;
        let reused = || error("IDEMPOTENCY_KEY_REUSED", "idempotencyKey");
        table
            .refuses(&[
                with("orderId", other.id.to_string(), reused()),
                with("reason", "a fever", reused()),
                with(
                    "idempotencyKey",
                    Uuid::new_v4().to_string(),
                    error("CONFLICT", "orderId"),
                ),
            ])
            .await
    })
    .await
}

#[tokio::test]
async fn cancel_departure() -> Result<(), Failure> {
    scene(async |stage| {
        let scene = Scene::set(stage).await?;
        let other = stage
            .departure(&stage.operator("Pavel").await?, &eur(10), 10)
            .await?;
        let table = Table {
            stage,
            mutation: mutation!("cancelDeparture", "CancelDepartureInput"),
            api: &scene.operator.0.api,
            good: json!({
                "departureId": scene.departure.id,
                "reason": "a storm",
                "idempotencyKey": Uuid::new_v4(),
            }),
            concerned: &[scene.customer.id(), scene.operator.0.user.id],
        };
        let not_found = || error("NOT_FOUND", "departureId");
        let invalid = || error("INVALID_INPUT", "reason");
        table
            .refuses(&[
                without("departureId", NOT_VALID),
                without("reason", NOT_VALID),
                without("idempotencyKey", NOT_VALID),
                with("reason", Value::Null, NOT_VALID),
                with("idempotencyKey", "one", NOT_VALID),
                with("departureId", "", not_found()),
                with("departureId", "dawn", not_found()),
                with("departureId", Uuid::now_v7().to_string(), not_found()),
                with("reason", "", invalid()),
                with("reason", " ", invalid()),
                with("reason", "r".repeat(501), invalid()),
            ])
            .await?;
        table.is_for(For::Operators).await?;
        table.takes_the_good_one().await?;
        // A departure is cancelled once: whoever asks again, is told of the first time.
        let first = scene.operator.cancel(&scene.departure, "a storm, still").await?;
        scene.operator.completed(first.id).await?;
        scene
            .customer
            .mail("ORDER_CANCELLED", Some(scene.order.id))
            .await?;
        let reused = || error("IDEMPOTENCY_KEY_REUSED", "idempotencyKey");
        table
            .refuses(&[
                with("departureId", other.id.to_string(), reused()),
                with("reason", "a heat", reused()),
            ])
            .await
    })
    .await
}
