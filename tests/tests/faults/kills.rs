//! Any service is killed while many are booking: whatever each client was told, everything ends, once, and all books are
//! in order.

use futures::future::{join_all, try_join_all};
use tests::actor::Customer;
use tests::api::ApiError;
use tests::failure::told;
use tests::model::{BookingRequest, Departure, Order, eur};
use tests::patience::until;
use tests::scene::scene_alone;
use tests::stack::Service;
use tests::{Failure, Stage};

const CUSTOMERS: i32 = 6;
const BOOKINGS_EACH: i32 = 20;

#[tokio::test(flavor = "multi_thread")]
async fn users() -> Result<(), Failure> {
    bookings_survive_the_end_of(Service::Users).await
}

#[tokio::test(flavor = "multi_thread")]
async fn billing() -> Result<(), Failure> {
    bookings_survive_the_end_of(Service::Billing).await
}

#[tokio::test(flavor = "multi_thread")]
async fn excursions() -> Result<(), Failure> {
    bookings_survive_the_end_of(Service::Excursions).await
}

#[tokio::test(flavor = "multi_thread")]
async fn orders() -> Result<(), Failure> {
    bookings_survive_the_end_of(Service::Orders).await
}

#[tokio::test(flavor = "multi_thread")]
async fn notifications() -> Result<(), Failure> {
    bookings_survive_the_end_of(Service::Notifications).await
}

async fn bookings_survive_the_end_of(service: Service) -> Result<(), Failure> {
    scene_alone(async |stage| {
        let operator = stage.operator("Olga").await?;
        let departure = stage
            .departure(&operator, &eur(10), CUSTOMERS * BOOKINGS_EACH)
            .await?;
        let names: Vec<String> = (0..CUSTOMERS).map(|number| format!("Nina{number}")).collect();
        let purse = eur(200);
        let customers = try_join_all(names.iter().map(|name| stage.customer_with(name, &purse))).await?;
        let (killed, orders) = futures::join!(
            kill_in_the_middle(stage, service, &operator, &departure),
            book_everything(&customers, &departure),
        );
        killed?;
        for order in orders? {
            told(
                format!("order {}", order.id),
                order.outcome().as_str(),
                "CONFIRMED",
            )?;
        }
        told("the seats left", operator.seats_left(&departure).await?, 0)?;
        for customer in &customers {
            let account = customer.account().await?;
            told(
                format!("{}'s balance", customer.name()),
                &account.balance,
                &eur(0),
            )?;
            for order in customer.orders().await? {
                told(
                    "the movements for an order",
                    account.kinds_about(order.id),
                    ["CHARGE"],
                )?;
                customer.mail("ORDER_CONFIRMED", Some(order.id)).await?;
            }
        }
        Ok(())
    })
    .await
}

/// Once the first seats are gone, and not all.
async fn kill_in_the_middle(
    stage: &Stage,
    service: Service,
    operator: &tests::actor::Operator,
    departure: &Departure,
) -> Result<(), Failure> {
    until("the first booking", async || {
        let left = operator.seats_left(departure).await?;
        Ok((left < departure.capacity).then_some(()))
    })
    .await?;
    let process = stage.process(service)?;
    let killed = process.kill()?;
    process.back_after(killed).await.map(drop)
}

async fn book_everything(customers: &[Customer], departure: &Departure) -> Result<Vec<Order>, Failure> {
    let bookings = customers.iter().flat_map(|customer| {
        (0..BOOKINGS_EACH).map(move |_| insist(customer, BookingRequest::new(departure, 1)))
    });
    join_all(bookings).await.into_iter().collect()
}

/// Sends the same request until it is answered: what came of the one before is not known to a client.
pub async fn insist(customer: &Customer, request: BookingRequest) -> Result<Order, Failure> {
    let booked = until(
        format!("an answer to {}'s booking", customer.name()),
        async || match customer.ask_for(&request).await {
            Ok(booked) => Ok(Some(booked)),
            Err(error @ ApiError::Refused { .. }) => Err(error.into()),
            Err(_nobody_there) => Ok(None),
        },
    );
    let order = booked.await?.order.id;
    // The services behind the order may be on their way back.
    until(format!("the end of order {order}"), async || {
        let order = customer.order(order).await.ok().flatten();
        Ok(order.filter(|order| !order.is_under_way()))
    })
    .await
}
