//! A departure with many orders that is cancelled.

use std::time::Instant;

use futures::stream::{self, TryStreamExt};
use saga::WorkerSettings;
use service::id::DepartureId;

use crate::Error;
use crate::catalogue::{CUSTOMERS, customer};
use crate::engine::{Databases, Engine};

const BOOKING_AT_ONCE: usize = 500;

/// Books so many orders on a departure of their own and cancels it; orders undone a second.
///
/// # Errors
/// The database's.
pub async fn run(databases: &Databases, departure: DepartureId, orders: usize) -> Result<f64, Error> {
    let (engine, running) = Engine::start(databases, WorkerSettings::default())?;
    stream::iter((0..orders).map(Ok::<_, Error>))
        .try_for_each_concurrent(BOOKING_AT_ONCE, |number| {
            let engine = engine.clone();
            async move {
                engine.book(customer(number % CUSTOMERS + 1), departure).await?;
                Ok(())
            }
        })
        .await?;
    let began = Instant::now();
    engine.cancel(departure).await?;
    let rate = orders as f64 / began.elapsed().as_secs_f64();
    running.stop().await?;
    Ok(rate)
}
