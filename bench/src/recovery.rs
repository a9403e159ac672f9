//! A process that is killed with sagas in flight, and how long it takes another to end them.

use std::process::Stdio;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use orders::sagas::book_excursion;
use saga::{Action, Command, Outcome, Registry, WorkerSettings};
use tokio::process;

use crate::Error;
use crate::catalogue::{DEPARTURES, customer, departure};
use crate::engine::{Databases, Engine};
use crate::participants::{Charge, Participants, QuoteSeats, Refund, Release, Reserve};

/// In flight when the process is killed.
pub const SAGAS: usize = 1_000;
const LOOK_EVERY: Duration = Duration::from_millis(20);
const LIVE: &str = "SELECT count(*) AS count FROM sagas WHERE status IN ('RUNNING', 'COMPENSATING')";
const AT_RESERVE: &str = "SELECT count(*) AS count FROM sagas WHERE status = 'RUNNING' AND step = 'reserve'";
const HELD: &str =
    "SELECT count(*) AS count FROM reservations WHERE departure_id > lpad('100', 32, '0')::uuid";

/// Reserves, and never says so.
struct ReserveInSilence(Reserve);

#[async_trait]
impl<S: orders::participants::excursions::Bookable> Action<S> for ReserveInSilence {
    async fn run(&self, batch: &[Command<S>]) -> Vec<Outcome<S>> {
        self.0.run(batch).await;
        std::future::pending().await
    }
}

/// Lets a child process begin [`SAGAS`] bookings whose seats are taken but whose answers never come, kills it, starts a
/// worker, and waits until none is in flight.
///
/// # Errors
/// The database's, and the child's.
pub async fn run(databases: &Databases) -> Result<Duration, Error> {
    let held_before = databases.excursions.count(HELD).await?;
    let mut child = process::Command::new(std::env::current_exe()?)
        .arg("book-and-hang")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()?;
    let all = SAGAS as i64;
    while databases.orders.count(AT_RESERVE).await? < all
        || databases.excursions.count(HELD).await? < held_before + all
    {
        if let Some(status) = child.try_wait()? {
            return Err(format!("the child ended by itself: {status}").into());
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    // SIGKILL.
    child.kill().await?;
    let began = Instant::now();
    let (_engine, running) = Engine::start(databases, WorkerSettings::default())?;
    while databases.orders.count(LIVE).await? > 0 {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let took = began.elapsed();
    running.stop().await?;
    Ok(took)
}

/// The child: books until it is killed.
///
/// # Errors
/// The database's.
pub async fn book_and_hang(databases: &Databases) -> Result<(), Error> {
    let participants = Arc::new(Participants {
        billing: databases.billing.pool(4)?,
        excursions: databases.excursions.pool(100)?,
    });
    let part = || Arc::clone(&participants);
    let booking = book_excursion::steps(
        QuoteSeats(part()),
        (Charge(part()), Refund(part())),
        (ReserveInSilence(Reserve(part())), Release(part())),
    );
    let settings = WorkerSettings {
        batches_per_step: SAGAS,
        answer_timeout: Duration::from_secs(3_600),
        ..WorkerSettings::default()
    };
    let (engine, _running) = Engine::over(databases, Registry::default().with(booking), settings)?;
    // The departures that are counted.
    let booked = (0..SAGAS).map(|number| {
        let departure = departure(101 + number % (DEPARTURES - 100));
        engine.book(customer(number + 1), departure)
    });
    futures::future::try_join_all(booked).await?;
    Err("an answer came".into())
}
