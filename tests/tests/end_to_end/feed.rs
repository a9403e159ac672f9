//! Subscriptions through the public origin: a client that was away gets what it missed, once, and nobody gets what is not
//! theirs.

use serde::Deserialize;
use serde_json::json;
use tests::actor::Customer;
use tests::api::Document;
use tests::failure::told;
use tests::model::{BookingRequest, eur};
use tests::scene::scene;
use tests::subscriber::Subscriber;
use tests::{Failure, Stage};
use uuid::Uuid;

const MY_ORDERS: Document = Document::new(
    "orderUpdated",
    &["subscription ($after: String) { result: orderUpdated(after: $after) { cursor status order { id } } }"],
);
const A_DEPARTURE: Document = Document::new(
    "departureUpdated",
    &["subscription ($id: ID!) { result: departureUpdated(departureId: $id) { seatsAvailable status } }"],
);

#[derive(Deserialize)]
struct OrderUpdate {
    cursor: String,
    status: String,
    order: Reference,
}

#[derive(Deserialize)]
struct Reference {
    id: Uuid,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DepartureUpdate {
    seats_available: i32,
    status: String,
}

async fn listens(stage: &Stage, customer: &Customer, after: Option<&str>) -> Result<Subscriber, Failure> {
    let token = &customer.0.session.access_token;
    let after = json!({ "after": after });
    Ok(Subscriber::begin(&stage.stack.origin, token, &MY_ORDERS, after).await?)
}

#[tokio::test]
async fn subscriber_who_was_away_gets_what_it_missed_and_nothing_twice() -> Result<(), Failure> {
    scene(async |stage| {
        let operator = stage.operator("Olga").await?;
        let departure = stage.departure(&operator, &eur(10), 10).await?;
        let ada = stage.customer_with("Ada", &eur(100)).await?;
        let boris = stage.customer_with("Boris", &eur(100)).await?;
        let mut subscriber = listens(stage, &ada, None).await?;
        boris.book(&BookingRequest::new(&departure, 1)).await?;
        let order = ada.book(&BookingRequest::new(&departure, 1)).await?.order.id;
        let first: OrderUpdate = subscriber.next().await?;
        told(
            "the first update",
            (first.status.as_str(), first.order.id),
            ("PENDING", order),
        )?;
        drop(subscriber);

        ada.cancel(order, "a cold").await?;
        ada.mail("ORDER_CANCELLED", Some(order)).await?;
        let mut subscriber = listens(stage, &ada, Some(&first.cursor)).await?;
        for status in ["CONFIRMED", "CANCELLING", "CANCELLED"] {
            let update: OrderUpdate = subscriber.next().await?;
            told(
                "what was missed",
                (update.status.as_str(), update.order.id),
                (status, order),
            )?;
        }
        let another = ada.book(&BookingRequest::new(&departure, 1)).await?.order.id;
        for status in ["PENDING", "CONFIRMED"] {
            let update: OrderUpdate = subscriber.next().await?;
            told(
                "what came then",
                (update.status.as_str(), update.order.id),
                (status, another),
            )?;
        }
        Ok(())
    })
    .await
}

#[tokio::test]
async fn whoever_watches_a_departure_sees_its_seats_go() -> Result<(), Failure> {
    scene(async |stage| {
        let operator = stage.operator("Olga").await?;
        let departure = stage.departure(&operator, &eur(10), 10).await?;
        let ada = stage.customer_with("Ada", &eur(100)).await?;
        let boris = stage.customer("Boris").await?;
        let token = &boris.0.session.access_token;
        let id = json!({ "id": departure.id });
        let mut subscriber = Subscriber::begin(&stage.stack.origin, token, &A_DEPARTURE, id).await?;
        ada.book(&BookingRequest::new(&departure, 3)).await?;
        let update: DepartureUpdate = subscriber.next().await?;
        told(
            "the departure",
            (update.status.as_str(), update.seats_available),
            ("OPEN", 7),
        )?;
        Ok(())
    })
    .await
}
