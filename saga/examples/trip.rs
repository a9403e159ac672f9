//! Two travellers book a trip: a flight, a hotel and a car. The car is the last one, so one of them is turned back, and
//! hotel and flight are given up again.
//!
//! ```sh
//! DATABASE_URL=postgres://… cargo run -p saga --example trip
//! ```
//!
//! The airline, the hotel and the car hire are in memory here; elsewhere an action would call them over the network.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use diesel::{Connection, QueryResult, sql_query};
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::pooled_connection::AsyncDieselConnectionManager;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};
use diesel_migrations::MigrationHarness;
use saga::{
    Action, Command, Definition, Handle, Journal, LocalAction, NewSaga, Outcome, Registry, Rejection, SagaId,
    Status, Step, Worker, WorkerSettings,
};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

type Anything = Box<dyn std::error::Error + Send + Sync>;

/// What the saga knows.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trip {
    traveller: String,
}

/// What a participant keeps of a saga: the reason why a command that comes twice has its effect once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Booking {
    Held,
    /// Given up; or a tombstone, where the undo came first. The booking is refused from then on.
    Undone,
}

/// An airline, a hotel, a car hire.
struct Provider {
    name: &'static str,
    capacity: usize,
    bookings: Mutex<HashMap<SagaId, Booking>>,
}

impl Provider {
    fn new(name: &'static str, capacity: usize) -> Arc<Self> {
        Arc::new(Self {
            name,
            capacity,
            bookings: Mutex::default(),
        })
    }

    fn book(&self, saga: SagaId) -> Result<(), Rejection> {
        let mut bookings = self.bookings.lock().unwrap_or_else(PoisonError::into_inner);
        let held = bookings
            .values()
            .filter(|booking| **booking == Booking::Held)
            .count();
        let refuse = |code: &str, message: String| {
            Err(Rejection {
                code: code.to_owned(),
                message,
            })
        };
        match bookings.get(&saga) {
            Some(Booking::Held) => Ok(()),
            Some(Booking::Undone) => refuse("UNDONE", format!("the {} was given up", self.name)),
            None if held == self.capacity => refuse("SOLD_OUT", format!("there is no {} left", self.name)),
            None => {
                bookings.insert(saga, Booking::Held);
                Ok(())
            }
        }
    }

    fn undo(&self, saga: SagaId) {
        let mut bookings = self.bookings.lock().unwrap_or_else(PoisonError::into_inner);
        bookings.insert(saga, Booking::Undone);
    }

    /// How many are booked.
    fn booked(&self) -> usize {
        let bookings = self.bookings.lock().unwrap_or_else(PoisonError::into_inner);
        bookings
            .values()
            .filter(|booking| **booking == Booking::Held)
            .count()
    }
}

struct Book(Arc<Provider>);
struct GiveUp(Arc<Provider>);

#[async_trait]
impl Action<Trip> for Book {
    async fn run(&self, batch: &[Command<Trip>]) -> Vec<Outcome<Trip>> {
        let outcome = |command: &Command<Trip>| match self.0.book(command.saga) {
            Ok(()) => Outcome::Done(command.state.clone()),
            Err(rejection) => Outcome::Rejected(rejection),
        };
        batch.iter().map(outcome).collect()
    }
}

#[async_trait]
impl Action<Trip> for GiveUp {
    async fn run(&self, batch: &[Command<Trip>]) -> Vec<Outcome<Trip>> {
        let outcome = |command: &Command<Trip>| {
            self.0.undo(command.saga);
            Outcome::Done(command.state.clone())
        };
        batch.iter().map(outcome).collect()
    }
}

/// Writes the trip into a table of ours, in the transaction in which the saga moves on: exactly once.
struct Write(&'static str);

#[async_trait]
impl LocalAction<Trip> for Write {
    async fn run(
        &self,
        connection: &mut AsyncPgConnection,
        batch: &[Command<Trip>],
    ) -> QueryResult<Vec<Outcome<Trip>>> {
        use diesel::sql_types::{Array, Text, Uuid};
        sql_query("INSERT INTO trips (id, traveller, outcome) SELECT id, traveller, $3 FROM unnest($1, $2) AS t (id, traveller)")
            .bind::<Array<Uuid>, _>(batch.iter().map(|command| command.saga.0).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(
                batch
                    .iter()
                    .map(|command| command.state.traveller.as_str())
                    .collect::<Vec<_>>(),
            )
            .bind::<Text, _>(self.0)
            .execute(connection)
            .await?;
        Ok(batch
            .iter()
            .map(|command| Outcome::Done(command.state.clone()))
            .collect())
    }
}

const NAME: &str = "trip";
const VERSION: i32 = 1;

fn definition([flight, hotel, car]: [&Arc<Provider>; 3]) -> Definition<Trip> {
    let step = |name, provider: &Arc<Provider>| {
        Step::new(name, Book(Arc::clone(provider))).undone_by(GiveUp(Arc::clone(provider)))
    };
    Definition::new(NAME, VERSION, step("flight", flight))
        .then(step("hotel", hotel))
        .then(step("car", car))
        .then(Step::local("confirm", Write("CONFIRMED")))
        .when_compensated(Write("TURNED_BACK"))
}

async fn migrate(url: String) -> Result<(), Anything> {
    tokio::task::spawn_blocking(move || {
        let mut connection = <AsyncConnectionWrapper<AsyncPgConnection> as Connection>::establish(&url)?;
        connection.run_pending_migrations(saga::MIGRATIONS).map(drop)
    })
    .await?
}

/// Starts a saga and waits for its end.
async fn travel(
    pool: &Pool<AsyncPgConnection>,
    handle: &Handle,
    traveller: &str,
) -> Result<(SagaId, Status), Anything> {
    let trip = Trip {
        traveller: traveller.to_owned(),
    };
    let saga = NewSaga::new(SagaId::new(), (NAME, VERSION, "flight"), &trip)?;
    let id = saga.id;
    let end = handle.end_of(id);
    // What the saga is about is written in the same transaction; here there is nothing besides.
    let started = pool
        .get()
        .await?
        .transaction(async |connection| handle.start(connection, vec![saga]).await)
        .await?;
    handle.drive(started);
    Ok((id, end.await?.status))
}

async fn tell(journal: &Journal, traveller: &str, (id, status): (SagaId, Status)) -> Result<(), Anything> {
    println!("{traveller}: {status}");
    for entry in journal.entries(&[id.0]).await? {
        let undo = if entry.direction == "BACKWARD" {
            "undo "
        } else {
            ""
        };
        let step = entry
            .step
            .map(|step| format!(" {undo}{step}"))
            .unwrap_or_default();
        let message = entry
            .message
            .map(|message| format!(": {message}"))
            .unwrap_or_default();
        println!("  {}{step}{message}", entry.kind);
    }
    Ok(())
}

/// Plays the story on a database.
///
/// # Errors
/// What the database says, and an end that is not as told.
pub async fn play(url: &str) -> Result<(), Anything> {
    migrate(url.to_owned()).await?;
    let pool = Pool::builder(AsyncDieselConnectionManager::new(url)).build()?;
    sql_query("CREATE TABLE IF NOT EXISTS trips (id uuid PRIMARY KEY, traveller text NOT NULL, outcome text NOT NULL)")
        .execute(&mut pool.get().await?)
        .await?;

    let flight = Provider::new("flight", 10);
    let hotel = Provider::new("hotel", 10);
    let car = Provider::new("car", 1);
    let registry = Registry::default().with(definition([&flight, &hotel, &car]));
    let journal = Journal::new(pool.clone(), registry);
    let (worker, handle) = Worker::new(journal.clone(), WorkerSettings::default());
    let shutdown = CancellationToken::new();
    let working = tokio::spawn(worker.run(shutdown.clone()));

    let ada = travel(&pool, &handle, "Ada").await?;
    let ben = travel(&pool, &handle, "Ben").await?;
    tell(&journal, "Ada", ada).await?;
    tell(&journal, "Ben", ben).await?;
    let booked = [&flight, &hotel, &car].map(|provider| provider.booked());
    println!(
        "booked: {} flight, {} hotel, {} car",
        booked[0], booked[1], booked[2]
    );

    shutdown.cancel();
    working.await?;
    if (ada.1, ben.1, booked) != (Status::Completed, Status::Compensated, [1, 1, 1]) {
        return Err("Ada should travel, and Ben should have nothing".into());
    }
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Anything> {
    play(&std::env::var("DATABASE_URL")?).await
}
