//! Under continuous bookings, whatever the stack is made of is killed and paused, many times, at random moments. Then all is
//! left in peace: every order ends, money and seats are those of the confirmed ones, and all books are in order.
//!
//! `CHAOS_SEED` chooses the order of the faults and their moments again, `CHAOS_ROUNDS` is how often each kind happens.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::{join_all, try_join_all};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use tests::actor::Customer;
use tests::failure::told;
use tests::model::{BookingRequest, Departure, Order, eur};
use tests::processes::{Foundation, Process};
use tests::scene::scene_alone;
use tests::stack::Service;
use tests::{Failure, Stage};

use super::kills::insist;

const CUSTOMERS: i32 = 8;
const PRICE: i32 = 5;
/// What each has, which is more than can be spent in the time.
const PURSE: i32 = 10_000;
const CAPACITY: i32 = 10_000;

#[tokio::test(flavor = "multi_thread")]
async fn everything_ends_well_however_often_anything_dies() {
    let seed = setting("CHAOS_SEED").unwrap_or_else(rand::random);
    let rounds = setting("CHAOS_ROUNDS").unwrap_or(3);
    println!("CHAOS_SEED={seed} CHAOS_ROUNDS={rounds}");
    if let Err(failure) = play(seed, rounds).await {
        panic!("CHAOS_SEED={seed} CHAOS_ROUNDS={rounds}: {failure}");
    }
}

fn setting(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|value| value.parse().expect("a whole number"))
}

async fn play(seed: u64, rounds: u64) -> Result<(), Failure> {
    scene_alone(async |stage| {
        let operator = stage.operator("Olga").await?;
        let departure = stage.departure(&operator, &eur(PRICE), CAPACITY).await?;
        let names: Vec<String> = (0..CUSTOMERS).map(|number| format!("Nina{number}")).collect();
        let purse = eur(PURSE);
        let customers = try_join_all(names.iter().map(|name| stage.customer_with(name, &purse))).await?;
        let over = AtomicBool::new(false);
        let (disturbed, booked) = futures::join!(
            async {
                let disturbed = disturb(stage, StdRng::seed_from_u64(seed), rounds).await;
                over.store(true, Ordering::Relaxed);
                disturbed
            },
            join_all(
                customers
                    .iter()
                    .map(|customer| keep_booking(customer, &departure, &over))
            ),
        );
        disturbed?;
        let mut confirmed = 0;
        for (customer, orders) in customers.iter().zip(booked) {
            confirmed += settle(customer, &orders?).await?;
        }
        println!("{confirmed} bookings are confirmed");
        told(
            "the seats left",
            operator.seats_left(&departure).await?,
            CAPACITY - confirmed,
        )?;
        Ok(())
    })
    .await
}

/// One booking after another, each asked for until it is answered.
async fn keep_booking(
    customer: &Customer,
    departure: &Departure,
    over: &AtomicBool,
) -> Result<Vec<Order>, Failure> {
    let mut orders = Vec::new();
    while !over.load(Ordering::Relaxed) {
        orders.push(insist(customer, BookingRequest::new(departure, 1)).await?);
    }
    Ok(orders)
}

/// How many of a customer's orders are confirmed: those are paid, and no others. The audit looks at each.
async fn settle(customer: &Customer, orders: &[Order]) -> Result<i32, Failure> {
    let is_confirmed = |order: &&Order| order.outcome().as_str() == "CONFIRMED";
    let confirmed = i32::try_from(orders.iter().filter(is_confirmed).count()).expect("not that many");
    told(
        format!("{}'s balance", customer.name()),
        &customer.account().await?.balance,
        &eur(PURSE - PRICE * confirmed),
    )?;
    Ok(confirmed)
}

/// What can happen.
#[derive(Clone, Copy)]
enum Fault {
    KillService(Service),
    KillFoundation(Foundation),
    /// For longer than a lease lasts, or for less.
    PauseOrders,
}

const FAULTS: [Fault; 6] = [
    Fault::KillService(Service::Orders),
    Fault::KillService(Service::Billing),
    Fault::KillService(Service::Excursions),
    Fault::KillFoundation(Foundation::Postgres),
    Fault::KillFoundation(Foundation::Kafka),
    Fault::PauseOrders,
];

/// Each kind of fault once a round, in any order.
async fn disturb(stage: &Stage, mut random: StdRng, rounds: u64) -> Result<(), Failure> {
    for round in 1..=rounds {
        let mut faults = FAULTS;
        faults.shuffle(&mut random);
        for fault in faults {
            tokio::time::sleep(Duration::from_millis(random.random_range(200..3_000))).await;
            match fault {
                Fault::KillService(service) => kill(round, &stage.process(service)?).await?,
                Fault::KillFoundation(foundation) => kill(round, &stage.foundation(foundation)?).await?,
                Fault::PauseOrders => {
                    let length = Duration::from_millis(random.random_range(100..8_000));
                    let process = stage.process(Service::Orders)?;
                    println!("{round}: {} is paused for {length:?}", process.name());
                    let paused = process.pause().await?;
                    tokio::time::sleep(length).await;
                    drop(paused);
                }
            }
        }
    }
    Ok(())
}

async fn kill(round: u64, process: &Process) -> Result<(), Failure> {
    println!("{round}: {} is killed", process.name());
    let killed = process.kill()?;
    process.back_after(killed).await?;
    Ok(())
}
