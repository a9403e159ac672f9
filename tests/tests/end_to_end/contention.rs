//! Many at once, for less than all of them want.

use futures::future::{join_all, try_join_all};
use tests::actor::Customer;
use tests::api::{Api, ApiError};
use tests::failure::told;
use tests::model::{BookingRequest, Departure, Money, Order, eur};
use tests::scene::scene;
use tests::{Failure, Stage};

const CUSTOMERS: i32 = 8;
const BOOKINGS_EACH: i32 = 25;
const LAST_SEATS: i32 = 50;

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_bookings_of_the_last_fifty_seats_sell_fifty() -> Result<(), Failure> {
    scene(async |stage| {
        let operator = stage.operator("Olga").await?;
        let (price, purse) = (eur(10), eur(250));
        let departure = stage.departure(&operator, &price, LAST_SEATS).await?;
        let names: Vec<String> = (0..CUSTOMERS).map(|number| format!("Nina{number}")).collect();
        let customers = try_join_all(names.iter().map(|name| stage.customer_with(name, &purse))).await?;

        let bookings = customers
            .iter()
            .flat_map(|customer| (0..BOOKINGS_EACH).map(|_| book_one_seat(customer, &departure)));
        let orders = try_join_all(bookings).await?;

        told("the number of bookings", orders.len(), 200)?;
        told(
            "the bookings that are CONFIRMED",
            count(&orders, "CONFIRMED"),
            LAST_SEATS,
        )?;
        told(
            "the bookings that are sold out",
            count(&orders, "REJECTED: SOLD_OUT"),
            150,
        )?;
        told("the seats left", operator.seats_left(&departure).await?, 0)?;
        for customer in &customers {
            everyone_else_is_refunded(customer, &price, &purse).await?;
        }
        Ok(())
    })
    .await
}

async fn book_one_seat(customer: &Customer, departure: &Departure) -> Result<Order, Failure> {
    let booked = customer.book(&BookingRequest::new(departure, 1)).await?;
    Ok(booked.order)
}

fn count(orders: &[Order], outcome: &str) -> i32 {
    let count = orders.iter().filter(|order| order.outcome() == outcome).count();
    i32::try_from(count).unwrap_or(i32::MAX)
}

async fn everyone_else_is_refunded(customer: &Customer, price: &Money, purse: &Money) -> Result<(), Failure> {
    let (orders, account) = (customer.orders().await?, customer.account().await?);
    for order in &orders {
        let movements = account.kinds_about(order.id);
        let expected: &[&str] = match order.status.as_str() {
            "CONFIRMED" => &["CHARGE"],
            _ => &["CHARGE", "REFUND"],
        };
        told(
            format!("the movements for order {}", order.id),
            movements.as_slice(),
            expected,
        )?;
    }
    let paid = price * count(&orders, "CONFIRMED");
    told(
        format!("{}'s balance", customer.name()),
        &account.balance,
        &(purse - &paid),
    )?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn account_that_many_connections_book_from_never_goes_below_zero() -> Result<(), Failure> {
    scene(async |stage| {
        let operator = stage.operator("Olga").await?;
        let price = eur(10);
        let departures = try_join_all((0..3).map(|_| stage.departure(&operator, &price, 100))).await?;
        let customer = stage.customer_with("Igor", &eur(100)).await?;

        let bookings = (0..60).map(|number| {
            let departure = &departures[number % departures.len()];
            let request = BookingRequest::new(departure, 1);
            let connection = on_a_connection_of_its_own(stage, &customer);
            async move { Ok::<_, Failure>(connection?.book(&request).await?.order) }
        });
        let orders = join_all(bookings)
            .await
            .into_iter()
            .collect::<Result<Vec<_>, _>>()?;

        told("the bookings that are CONFIRMED", count(&orders, "CONFIRMED"), 10)?;
        told(
            "the bookings without money",
            count(&orders, "REJECTED: INSUFFICIENT_FUNDS"),
            50,
        )?;
        let account = customer.account().await?;
        told("the balance", &account.balance, &eur(0))?;
        let mut balance = eur(0);
        for entry in account.entries.nodes.iter().rev() {
            balance = &balance + &entry.amount;
            told(
                format!("the balance after {entry}"),
                &entry.balance_after,
                &balance,
            )?;
            told(
                format!("whether it is below zero after {entry}"),
                balance.is_negative(),
                false,
            )?;
        }
        Ok(())
    })
    .await
}

fn on_a_connection_of_its_own(stage: &Stage, customer: &Customer) -> Result<Customer, ApiError> {
    let mut other = customer.clone();
    let api = Api::new(format!("{}/graphql", stage.stack.origin))?;
    other.0.api = api.with_token(&customer.0.session.access_token);
    Ok(other)
}
