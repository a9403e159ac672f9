//! Bookings for some seconds, as fast as some customers get them through the public origin, each after the other; prints
//! how many a second.
//!
//! usage: bookings [SECONDS [CUSTOMERS]]   10 and 64 unless told; on the running stack, whose environment is loaded

use std::error::Error;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use futures::future::try_join_all;
use tests::actor::Customer;
use tests::api::ApiError;
use tests::model::{BookingRequest, Departure, eur};
use tests::teller::Teller;
use tests::{Failure, Stage};

const DEPARTURES: usize = 50;
const SEATS: i32 = 10_000;

#[tokio::main]
async fn main() -> ExitCode {
    match measure().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bookings: {error:?}");
            ExitCode::FAILURE
        }
    }
}

async fn measure() -> Result<(), Box<dyn Error>> {
    let mut numbers = std::env::args().skip(1).map(|number| number.parse::<u32>());
    let seconds = numbers.next().unwrap_or(Ok(10))?;
    let customers = numbers.next().unwrap_or(Ok(64))?;

    let stage = Stage::new(Teller::Silent)?;
    let (departures, customers) = populate(&stage, customers).await?;
    // What the first ones cost once for all counts for nobody.
    book_for(Duration::from_secs(2), &customers, &departures).await?;
    let period = Duration::from_secs(seconds.into());
    let booked = book_for(period, &customers, &departures).await?;
    println!("{:.1}", f64::from(booked) / period.as_secs_f64());
    Ok(())
}

async fn populate(stage: &Stage, customers: u32) -> Result<(Vec<Departure>, Vec<Customer>), Failure> {
    let operator = stage.operator("Olga").await?;
    let mut departures = Vec::new();
    for _ in 0..DEPARTURES {
        departures.push(stage.departure(&operator, &eur(1), SEATS).await?);
    }
    let names: Vec<String> = (0..customers).map(|number| format!("Nina{number}")).collect();
    let purse = eur(100_000);
    let customers = try_join_all(names.iter().map(|name| stage.customer_with(name, &purse))).await?;
    Ok((departures, customers))
}

async fn book_for(
    period: Duration,
    customers: &[Customer],
    departures: &[Departure],
) -> Result<u32, ApiError> {
    let end = Instant::now() + period;
    let booking = customers.iter().enumerate().map(|(index, customer)| async move {
        let mut booked = 0;
        for departure in departures.iter().cycle().skip(index) {
            if Instant::now() >= end {
                break;
            }
            customer.ask_for(&BookingRequest::new(departure, 1)).await?;
            booked += 1;
        }
        Ok(booked)
    });
    try_join_all(booking).await.map(|booked| booked.iter().sum())
}
