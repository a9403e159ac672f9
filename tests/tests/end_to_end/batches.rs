//! What a page of orders costs: one query a kind of thing, however many things there are.

use futures::future::try_join_all;
use serde_json::{Value, json};
use tests::failure::told;
use tests::metrics::queries;
use tests::model::{BookingRequest, Departure, eur};
use tests::patience::until;
use tests::scene::scene_alone;
use tests::stack::Service;
use tests::{Failure, Stage};

const CUSTOMERS: usize = 10;
const DEPARTURES: usize = 5;
const PAGE: &str = "{ orders(first: 50) { nodes {
    id status total { amount } tickets { code }
    customer { name email account { balance { amount } } unreadNotifications }
    departure { startsAt seatsAvailable excursion { title } } } } }";
/// A query an entity type and request; in orders, the page and its tickets.
const EXPECTED: [(Service, u64); 5] = [
    (Service::Orders, 2),
    (Service::Users, 1),
    (Service::Billing, 1),
    // Departures, then their excursions.
    (Service::Excursions, 2),
    (Service::Notifications, 1),
];

#[tokio::test(flavor = "multi_thread")]
async fn page_of_fifty_orders_costs_a_query_an_entity_type() -> Result<(), Failure> {
    scene_alone(async |stage| {
        let operator = stage.settled_operator("Olga").await?;
        let price = eur(1);
        let departures =
            try_join_all((0..DEPARTURES).map(|_| stage.departure(&operator, &price, 50))).await?;
        try_join_all((0..CUSTOMERS).map(|number| books_on_all(stage, number, &departures))).await?;

        // Services have things to do besides: what a page costs is what it costs when nothing else happens.
        until("a page of orders at its price", async || {
            let before = counts(stage).await?;
            let page = operator.0.api.send(PAGE, json!({})).await?;
            let after = counts(stage).await?;
            is_complete(&page)?;
            let cost: Vec<u64> = after
                .iter()
                .zip(before)
                .map(|(after, before)| after - before)
                .collect();
            Ok((cost == EXPECTED.map(|(_, cost)| cost)).then_some(()))
        })
        .await
    })
    .await
}

async fn books_on_all(stage: &Stage, number: usize, departures: &[Departure]) -> Result<(), Failure> {
    let customer = stage.customer_with(&format!("Nina{number}"), &eur(100)).await?;
    for departure in departures {
        customer.book(&BookingRequest::new(departure, 1)).await?;
    }
    Ok(())
}

async fn counts(stage: &Stage) -> Result<Vec<u64>, Failure> {
    let mut counts = Vec::new();
    for (service, _) in EXPECTED {
        counts.push(queries(&stage.stack, service).await?);
    }
    Ok(counts)
}

/// All that was asked for is there, or a cheap page would be no feat.
fn is_complete(page: &Value) -> Result<(), Failure> {
    told("the errors", &page["errors"], &Value::Null)?;
    let orders = page["data"]["orders"]["nodes"].as_array();
    let complete = orders.into_iter().flatten().filter(|order| {
        order["tickets"][0]["code"].is_string()
            && order["customer"]["name"].is_string()
            && order["customer"]["account"]["balance"]["amount"].is_string()
            && order["customer"]["unreadNotifications"].is_number()
            && order["departure"]["startsAt"].is_string()
            && order["departure"]["excursion"]["title"].is_string()
    });
    told("the complete orders", complete.count(), CUSTOMERS * DEPARTURES)?;
    Ok(())
}
