//! `make bench-saga`: the orchestrator against SQL by hand, on one machine, in one run, in turns.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bench::catalogue::{CUSTOMERS, DEPARTURES, customer, departure};
use bench::engine::{Databases, Engine};
use bench::floor::Floor;
use bench::load::{self, Measurement};
use bench::report::{Table, median, milliseconds, rate};
use bench::server::{Counts, Server};
use bench::{Error, cancellation, chain, recovery};
use clap::{Parser, Subcommand};
use mimalloc::MiMalloc;
use saga::WorkerSettings;

/// Measures the orchestrator against the same work in SQL by hand.
#[derive(Parser)]
struct Arguments {
    /// An administrator's URL of the server that both sides share.
    #[arg(long, env = "DATABASE_URL", hide_env_values = true)]
    database_url: String,
    /// How often each is measured.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// How long each is measured.
    #[arg(long, default_value_t = 8)]
    seconds: u64,
    /// Clients of the engine, each waiting for its booking.
    #[arg(long, default_value_t = 1_500)]
    clients: usize,
    /// Bookings alone: nothing of cancellations, chains and recovery.
    #[arg(long)]
    bookings_only: bool,
    #[command(subcommand)]
    command: Option<Hidden>,
}

#[derive(Clone, Copy, Subcommand)]
enum Hidden {
    /// The process that the measurement of recovery kills.
    #[command(hide = true)]
    BookAndHang,
}

/// That of `excursions`.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let server = Server::new(arguments.database_url.clone());
    let done = match arguments.command {
        Some(Hidden::BookAndHang) => recovery::book_and_hang(&Databases::existing(&server)).await,
        None => Bench { arguments, server }.run().await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

const WARM_UP: Duration = Duration::from_secs(1);
const FILLING: Duration = Duration::from_secs(3);
/// More would only wait.
const CLIENTS_OF_SMALL_BATCHES: usize = 32;
const ORDERS_TO_CANCEL: usize = 10_000;
const CHAINS: [usize; 3] = [1, 3, 9];

struct Bench {
    arguments: Arguments,
    server: Server,
}

/// A load and who bears it.
#[derive(Clone, Copy)]
struct Side {
    name: &'static str,
    departures: usize,
    clients: usize,
    batch: Option<usize>,
}

/// What a side did, with what the server counted for each booking.
struct Round {
    measurement: Measurement,
    commits: f64,
    wal: f64,
    cpu: Duration,
}

impl Bench {
    async fn run(self) -> Result<(), Error> {
        let floor = Floor::lay(&self.server).await?;
        let databases = Databases::create(&self.server).await?;
        let sides = self.sides();
        let mut rounds: Vec<Vec<Round>> = sides.iter().map(|_| Vec::new()).collect();
        let used = [&databases.all()[..], &[floor.database().clone()]].concat();
        // Tables that are not empty, and plans that know it.
        floor.book(DEPARTURES, FILLING).await?;
        self.by_sagas(&databases, sides[1], WorkerSettings::default().batch, FILLING)
            .await?;
        for number in 1..=self.arguments.rounds {
            for (side, rounds) in sides.iter().zip(&mut rounds) {
                self.server.settle(&used).await?;
                let round = match side.batch {
                    None => self.by_hand(&floor, *side).await?,
                    Some(batch) => self.by_sagas(&databases, *side, batch, self.duration()).await?,
                };
                eprintln!(
                    "round {number}  {:<42} {:>7}/s  {:.3} commits  {:>5.0} µs CPU",
                    side.name,
                    rate(round.measurement.rate),
                    round.commits,
                    round.cpu.as_secs_f64() * 1e6
                );
                rounds.push(round);
            }
        }
        databases.audit().await?;
        print!("{}", table(&sides, &rounds));
        let ratio = |engine: usize, floor: usize| {
            let pairs = rounds[engine].iter().zip(&rounds[floor]);
            median(
                pairs
                    .map(|(engine, floor)| engine.measurement.rate / floor.measurement.rate)
                    .collect(),
            )
        };
        let (many, hot) = (ratio(1, 0), ratio(3, 2));
        let commits = median(rounds[1].iter().map(|round| round.commits).collect());
        let recovered = if self.arguments.bookings_only {
            f64::NAN
        } else {
            self.others(&floor, &databases, &used).await?
        };
        println!(
            "floor_ratio_many={many:.2} floor_ratio_hot={hot:.2} commits_per_booking={commits:.3} recovery_s={recovered:.2}"
        );
        Ok(())
    }

    /// Each floor beside its engine.
    fn sides(&self) -> Vec<Side> {
        let batch = WorkerSettings::default().batch;
        let side = |name, departures, clients, batch| Side {
            name,
            departures,
            clients,
            batch,
        };
        let clients = self.arguments.clients;
        vec![
            side("SQL by hand, many departures", DEPARTURES, 0, None),
            side("sagas, many departures", DEPARTURES, clients, Some(batch)),
            side("SQL by hand, one departure", 1, 0, None),
            side("sagas, one departure", 1, clients, Some(batch)),
            side(
                "sagas, many departures, batches of one",
                DEPARTURES,
                CLIENTS_OF_SMALL_BATCHES,
                Some(1),
            ),
            side("SQL by hand, one client", DEPARTURES, 1, None),
            side("sagas, one client", DEPARTURES, 1, Some(batch)),
        ]
    }

    fn duration(&self) -> Duration {
        Duration::from_secs(self.arguments.seconds)
    }

    async fn by_hand(&self, floor: &Floor, side: Side) -> Result<Round, Error> {
        let databases = [floor.database().clone()];
        let before = self.server.counts(&databases).await?;
        let measurement = if side.clients == 1 {
            floor.book_alone(self.duration()).await?
        } else {
            floor.book(side.departures, self.duration()).await?
        };
        let counts = self.server.counts(&databases).await? - before;
        let bookings = measurement.len();
        Ok(Round::new(measurement, counts, bookings))
    }

    async fn by_sagas(
        &self,
        databases: &Databases,
        side: Side,
        batch: usize,
        duration: Duration,
    ) -> Result<Round, Error> {
        let all = databases.all();
        let before = self.server.counts(&all).await?;
        let settings = WorkerSettings {
            batch,
            ..WorkerSettings::default()
        };
        let (engine, running) = Engine::start(databases, settings)?;
        let next = Arc::new(AtomicUsize::new(0));
        let ask = move || {
            let (engine, number) = (engine.clone(), next.fetch_add(1, Ordering::Relaxed));
            async move {
                // A prime step: neighbours in time are no neighbours in the tables.
                let customer = customer(number * 7_919 % CUSTOMERS + 1);
                engine
                    .book(customer, departure(number * 389 % side.departures + 1))
                    .await
                    .map(drop)
            }
        };
        let (measurement, bookings) = load::run(side.clients, WARM_UP, duration, ask).await?;
        running.stop().await?;
        let counts = self.settled_counts(&all).await? - before;
        Ok(Round::new(measurement, counts, bookings))
    }

    /// Connections that were just closed report once their backends are gone.
    async fn settled_counts(&self, databases: &[bench::server::Database]) -> Result<Counts, Error> {
        let mut counts = self.server.counts(databases).await?;
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let now = self.server.counts(databases).await?;
            if now.commits == counts.commits {
                return Ok(now);
            }
            counts = now;
        }
    }

    /// What is not measured against the booking's floor; the median time of recovery, in seconds.
    async fn others(
        &self,
        floor: &Floor,
        databases: &Databases,
        used: &[bench::server::Database],
    ) -> Result<f64, Error> {
        let (mut by_hand, mut by_sagas, mut recovered) = (Vec::new(), Vec::new(), Vec::new());
        let mut chains: Vec<Vec<f64>> = CHAINS.iter().map(|_| Vec::new()).collect();
        for number in 1..=self.arguments.rounds {
            self.server.settle(used).await?;
            by_hand.push(floor.cancel(ORDERS_TO_CANCEL).await?.rate);
            self.server.settle(used).await?;
            // A departure that nothing else is booked on.
            let cancelled = databases.departure_of_its_own(number).await?;
            by_sagas.push(cancellation::run(databases, cancelled, ORDERS_TO_CANCEL).await?);
            for (steps, rates) in CHAINS.iter().zip(&mut chains) {
                self.server.settle(used).await?;
                rates.push(chain::run(databases, *steps, self.duration()).await?.rate);
            }
            recovered.push(recovery::run(&self.server, databases).await?.as_secs_f64());
            eprintln!(
                "round {number}  cancelled {}/s by hand, {}/s by sagas; recovered in {:.2} s",
                rate(by_hand[number - 1]),
                rate(by_sagas[number - 1]),
                recovered[number - 1]
            );
        }
        databases.audit().await?;
        let ratios = by_sagas.iter().zip(&by_hand).map(|(sagas, hand)| sagas / hand);
        let ratio = median(ratios.collect());
        let mut table = Table::default();
        table.row(["what".into(), "median".into(), "ratio".into()]);
        let of_orders = |rates| format!("{} orders/s", rate(median(rates)));
        table.row([
            format!("cancelling {ORDERS_TO_CANCEL} orders of a departure, SQL by hand"),
            of_orders(by_hand),
            "1".into(),
        ]);
        table.row([
            format!("cancelling a departure with {ORDERS_TO_CANCEL} orders, sagas"),
            of_orders(by_sagas),
            format!("{ratio:.1}"),
        ]);
        for (steps, rates) in CHAINS.iter().zip(chains) {
            let sagas = median(rates);
            table.row([
                format!("sagas of {steps} steps that do nothing"),
                format!("{}/s, {} steps/s", rate(sagas), rate(sagas * *steps as f64)),
                String::new(),
            ]);
        }
        let recovered = median(recovered);
        table.row([
            format!(
                "{} sagas in flight ended after SIGKILL and restart",
                recovery::SAGAS
            ),
            format!("{recovered:.1} s"),
            String::new(),
        ]);
        print!("\n{}\n", table.to_markdown());
        Ok(recovered)
    }
}

impl Round {
    fn new(measurement: Measurement, counts: Counts, bookings: usize) -> Self {
        let bookings = bookings.max(1) as f64;
        Self {
            measurement,
            commits: counts.commits as f64 / bookings,
            wal: counts.wal as f64 / bookings,
            cpu: counts.cpu.div_f64(bookings),
        }
    }
}

fn table(sides: &[Side], rounds: &[Vec<Round>]) -> String {
    let mut table = Table::default();
    let head = [
        "bookings",
        "a second",
        "ratio",
        "p50",
        "p99",
        "commits a booking",
        "WAL a booking",
        "CPU a booking",
    ];
    table.row(head.map(str::to_owned));
    for (index, (side, own)) in sides.iter().zip(rounds).enumerate() {
        let of = |value: fn(&Round) -> f64| median(own.iter().map(value).collect());
        // Every saga has its floor before it; batches of one have the first.
        let floor = match index {
            0 | 1 | 4 => 0,
            2 | 3 => 2,
            _ => 5,
        };
        let pairs = own.iter().zip(&rounds[floor]);
        let ratio = median(
            pairs
                .map(|(own, floor)| own.measurement.rate / floor.measurement.rate)
                .collect(),
        );
        let time = |value: f64| milliseconds(Duration::from_secs_f64(value));
        table.row([
            side.name.to_owned(),
            rate(of(|round| round.measurement.rate)),
            format!("{ratio:.2}"),
            time(of(|round| round.measurement.percentile(0.5).as_secs_f64())),
            time(of(|round| round.measurement.percentile(0.99).as_secs_f64())),
            format!("{:.3}", of(|round| round.commits)),
            format!("{:.1} kB", of(|round| round.wal) / 1e3),
            format!("{:.0} µs", of(|round| round.cpu.as_secs_f64()) * 1e6),
        ]);
    }
    table.to_markdown()
}
