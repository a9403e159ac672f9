//! Subscriptions at the router's own endpoint: one that federates them fetches what an event's payload asks of other
//! services; one without a licence for them says so.

use serde::Deserialize;
use serde_json::{Value, json};
use tests::Failure;
use tests::api::{Api, Document};
use tests::failure::told;
use tests::model::{BookingRequest, Money, eur};
use tests::scene::scene;
use tests::stack::Router;
use tests::subscriber::Subscriber;

/// Cursor and status are of notifications; the order's fields of orders, and the departure's of excursions.
const MY_ORDERS: Document = Document::new(
    "orderUpdated",
    &[
        "subscription ($after: String) { result: orderUpdated(after: $after) {
        cursor status order { id seats total { amount currency } departure { excursion { title } } } } }",
    ],
);

#[derive(Deserialize)]
struct Update {
    cursor: String,
    status: String,
    order: Order,
}

#[derive(Deserialize)]
struct Order {
    seats: i32,
    total: Option<Money>,
    departure: Value,
}

#[tokio::test]
async fn router_serves_subscriptions_over_all_services_or_says_that_it_does_not() -> Result<(), Failure> {
    scene(async |stage| {
        let operator = stage.operator("Olga").await?;
        let departure = stage.departure(&operator, &eur(10), 10).await?;
        let ada = stage.customer_with("Ada", &eur(100)).await?;
        let token = &ada.0.session.access_token;
        let router = &stage.stack.router_url;
        match stage.stack.router {
            Router::Apollo => {
                let api = Api::new(format!("{router}/graphql"))?.with_token(token);
                let answer = api.send(&MY_ORDERS.text(), json!({})).await?;
                told(
                    "the answer of a router without a licence",
                    answer["errors"][0]["extensions"]["code"].as_str(),
                    Some("SUBSCRIPTION_BAD_HEADER"),
                )?;
            }
            Router::Hive => {
                let mut subscriber = Subscriber::begin(router, token, &MY_ORDERS, json!({})).await?;
                ada.book(&BookingRequest::new(&departure, 2)).await?;
                let placed: Update = subscriber.next().await?;
                told("the first update", placed.status.as_str(), "PENDING")?;
                let confirmed: Update = subscriber.next().await?;
                is_complete(&confirmed, &departure.excursion.title)?;
                drop(subscriber);

                let after = json!({ "after": placed.cursor });
                let mut subscriber = Subscriber::begin(router, token, &MY_ORDERS, after).await?;
                let again: Update = subscriber.next().await?;
                told("what was missed", &again.cursor, &confirmed.cursor)?;
                is_complete(&again, &departure.excursion.title)?;
            }
        }
        Ok(())
    })
    .await
}

fn is_complete(update: &Update, title: &str) -> Result<(), Failure> {
    told("the status", update.status.as_str(), "CONFIRMED")?;
    told("the seats", update.order.seats, 2)?;
    told("the total", update.order.total.as_ref(), Some(&eur(20)))?;
    told(
        "the excursion",
        update.order.departure["excursion"]["title"].as_str(),
        Some(title),
    )?;
    Ok(())
}
