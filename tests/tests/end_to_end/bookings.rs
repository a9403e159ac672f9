//! Bookings that cannot be, for other reasons than money and seats: the order says why, and nothing is left of it.

use chrono::{TimeDelta, Utc};
use serde_json::json;
use tests::actor::{Customer, Operator};
use tests::api::Document;
use tests::failure::{refused, told};
use tests::model::{BookingRequest, Departure, Money, eur};
use tests::patience::until;
use tests::scene::scene;
use tests::{Failure, Stage};
use uuid::Uuid;

const UPDATE_DEPARTURE: Document = Document::new(
    "updateDeparture",
    &["mutation ($input: UpdateDepartureInput!) {
        result: updateDeparture(input: $input) { departure { id } errors { code message path } } }"],
);

struct Scene {
    operator: Operator,
    departure: Departure,
    customer: Customer,
}

impl Scene {
    async fn set(stage: &Stage, price: &Money) -> Result<Self, Failure> {
        let operator = stage.operator("Olga").await?;
        Ok(Self {
            departure: stage.departure(&operator, price, 10).await?,
            customer: stage.customer_with("Ada", &eur(100)).await?,
            operator,
        })
    }

    async fn is_turned_down(&self, code: &str, movements: &[&str]) -> Result<(), Failure> {
        let order = self
            .customer
            .book(&BookingRequest::new(&self.departure, 1))
            .await?
            .order;
        told("the booking", order.outcome(), format!("REJECTED: {code}"))?;
        let account = self.customer.account().await?;
        told(
            "the movements for it",
            account.kinds_about(order.id).as_slice(),
            movements,
        )?;
        told("the balance", &account.balance, &eur(100))?;
        told(
            "the seats left",
            self.operator.seats_left(&self.departure).await?,
            10,
        )?;
        self.customer
            .mail("ORDER_REJECTED", Some(order.id))
            .await
            .map(drop)
    }
}

#[tokio::test]
async fn nothing_is_booked_in_another_currency_than_the_account() -> Result<(), Failure> {
    scene(async |stage| {
        let dollars: Money = serde_json::from_value(json!({ "amount": "10.00", "currency": "USD" })).unwrap();
        let scene = Scene::set(stage, &dollars).await?;
        scene.is_turned_down("CURRENCY_MISMATCH", &[]).await
    })
    .await
}

#[tokio::test]
async fn nothing_is_booked_once_sales_are_closed() -> Result<(), Failure> {
    scene(async |stage| {
        let scene = Scene::set(stage, &eur(10)).await?;
        let input = json!({ "input": { "departureId": scene.departure.id, "status": "CLOSED" } });
        scene
            .operator
            .0
            .api
            .ask::<serde_json::Value>(&UPDATE_DEPARTURE, input)
            .await?;
        scene.is_turned_down("SALES_CLOSED", &[]).await
    })
    .await
}

#[tokio::test]
async fn nothing_is_booked_on_a_cancelled_departure() -> Result<(), Failure> {
    scene(async |stage| {
        let scene = Scene::set(stage, &eur(10)).await?;
        let begun = scene.operator.cancel(&scene.departure, "a storm").await?;
        let cancellation = scene.operator.completed(begun.id).await?;
        told("the cancellation's orders", cancellation.orders_total, 0)?;
        scene.is_turned_down("DEPARTURE_CANCELLED", &[]).await
    })
    .await
}

#[tokio::test]
async fn order_is_not_cancelled_once_its_departure_has_begun() -> Result<(), Failure> {
    // Long enough to be booked before it begins, on the slowest machine.
    let starts_at = Utc::now() + TimeDelta::seconds(30);
    let (customer, order) = scene(async |stage| {
        let operator = stage.operator("Olga").await?;
        let customer = stage.customer_with("Ada", &eur(100)).await?;
        let excursion = operator.create_excursion(&stage.excursion()).await?;
        let departure = operator.schedule(excursion.id, starts_at, &eur(10), 10).await?;
        let order = customer.book(&BookingRequest::new(&departure, 1)).await?.order;
        told("the booking", order.outcome().as_str(), "CONFIRMED")?;
        Ok((customer, order))
    })
    .await?;
    until("the departure", async || {
        Ok((Utc::now() > starts_at).then_some(()))
    })
    .await?;
    scene(async |_stage| {
        refused_with(customer.cancel(order.id, "too late").await, "TOO_LATE_TO_CANCEL")?;
        told("the balance", &customer.balance().await?, &eur(90))?;
        Ok(())
    })
    .await
}

#[tokio::test]
async fn order_of_somebody_else_is_not_there() -> Result<(), Failure> {
    scene(async |stage| {
        let Scene {
            departure, customer, ..
        } = Scene::set(stage, &eur(10)).await?;
        let order = customer.book(&BookingRequest::new(&departure, 1)).await?.order;
        let stranger = stage.customer("Boris").await?;
        told(
            "the order, to a stranger",
            stranger.order(order.id).await?.is_none(),
            true,
        )?;
        told(
            "an order that never was",
            stranger.order(Uuid::now_v7()).await?.is_none(),
            true,
        )?;
        refused_with(stranger.cancel(order.id, "mine").await, "NOT_FOUND")?;
        told(
            "the order",
            customer.settled(order.id).await?.status.as_str(),
            "CONFIRMED",
        )?;
        Ok(())
    })
    .await
}

fn refused_with<T>(result: Result<T, Failure>, code: &str) -> Result<(), Failure> {
    match result {
        Err(Failure::Api(error)) => refused("the request", Err::<T, _>(error), code).map(drop),
        Err(other) => Err(other),
        Ok(_) => told("the request", "done", "refused").map(drop),
    }
}
