//! The floor: the SQL of a booking by hand, one at a time, a commit for each service that takes part.
//!
//! It is as good as such SQL gets: one statement a commit, prepared, nothing but what a booking needs, all services' tables
//! in one database so that a client needs one connection.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use secrecy::ExposeSecret;
use tokio::process::Command;

use crate::Error;
use crate::load::Measurement;
use crate::server::{Database, Server};

const SCHEMA: &str = include_str!("floor/schema.sql");
const BOOK: &str = include_str!("floor/book.sql");
const CANCEL: &str = include_str!("floor/cancel.sql");
/// Enough to keep two cores busy while commits wait for the disk, few enough not to queue for a hot row.
const CLIENTS: usize = 32;

/// The floor's database, and pgbench.
pub struct Floor {
    database: Database,
    folder: PathBuf,
}

impl Floor {
    /// Makes the database.
    ///
    /// # Errors
    /// The server's.
    pub async fn lay(server: &Server) -> Result<Self, Error> {
        let database = server.create("bench_floor").await?;
        database.run(SCHEMA).await?;
        let folder = std::env::temp_dir().join(format!("bench-floor-{}", std::process::id()));
        tokio::fs::create_dir_all(&folder).await?;
        tokio::fs::write(folder.join("book.sql"), BOOK).await?;
        tokio::fs::write(folder.join("cancel.sql"), CANCEL).await?;
        Ok(Self { database, folder })
    }

    /// Where its transactions are counted.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Books on so many departures.
    ///
    /// # Errors
    /// Where pgbench fails.
    pub async fn book(&self, departures: usize, duration: Duration) -> Result<Measurement, Error> {
        let seconds = duration.as_secs().max(1).to_string();
        let departures = format!("departures={departures}");
        self.pgbench(
            "book.sql",
            &["-c", &CLIENTS.to_string(), "-T", &seconds, "-D", &departures],
        )
        .await
    }

    /// Books by one client.
    ///
    /// # Errors
    /// Where pgbench fails.
    pub async fn book_alone(&self, duration: Duration) -> Result<Measurement, Error> {
        let seconds = duration.as_secs().max(1).to_string();
        self.pgbench("book.sql", &["-c", "1", "-T", &seconds, "-D", "departures=1000"])
            .await
    }

    /// Books so many orders on one departure and cancels them, one at a time.
    ///
    /// # Errors
    /// Where pgbench fails.
    pub async fn cancel(&self, orders: usize) -> Result<Measurement, Error> {
        let share = orders / CLIENTS;
        let first = self
            .database
            .count("SELECT coalesce(max(id), 0) AS count FROM orders")
            .await?;
        let clients = CLIENTS.to_string();
        self.database
            .run(&format!(
                "INSERT INTO orders (id, customer_id, departure_id, seats, status, total)
                     SELECT {first} + n, n % 10000 + 1, 1, 1, 'CONFIRMED', 2500 FROM generate_series(1, {orders}) n;
                 INSERT INTO reservations SELECT {first} + n, 1, 1 FROM generate_series(1, {orders}) n;
                 UPDATE departures SET taken = taken + {orders} WHERE id = 1;
                 SELECT setval(pg_get_serial_sequence('orders', 'id'), {first} + {orders})"
            ))
            .await?;
        let (first, share_of_each) = (format!("first={first}"), format!("share={share}"));
        let variables = ["-D", &first, "-D", &share_of_each, "-D", "cancelled=0"];
        let mut arguments = vec!["-c", clients.as_str(), "-t"];
        let transactions = share.to_string();
        arguments.push(&transactions);
        arguments.extend(variables);
        self.pgbench("cancel.sql", &arguments).await
    }

    async fn pgbench(&self, script: &str, arguments: &[&str]) -> Result<Measurement, Error> {
        let url = self.database.url.expose_secret();
        let output = Command::new("pgbench")
            .current_dir(&self.folder)
            .args([
                "--no-vacuum",
                "--protocol=prepared",
                "-j",
                "2",
                "--log",
                "--file",
                script,
            ])
            .args(arguments)
            .arg(url)
            .stdin(Stdio::null())
            .output()
            .await?;
        let told = String::from_utf8_lossy(&output.stdout);
        let rate = told
            .lines()
            .find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
        let Some(rate) = rate.filter(|_| output.status.success()) else {
            return Err(format!("pgbench: {told}{}", String::from_utf8_lossy(&output.stderr)).into());
        };
        Ok(Measurement::new(rate.parse()?, self.take_latencies().await?))
    }

    /// The third column of pgbench's logs, in microseconds.
    async fn take_latencies(&self) -> Result<Vec<Duration>, Error> {
        let mut latencies = Vec::new();
        let mut files = tokio::fs::read_dir(&self.folder).await?;
        while let Some(file) = files.next_entry().await? {
            if !file.file_name().to_string_lossy().starts_with("pgbench_log") {
                continue;
            }
            let log = tokio::fs::read_to_string(file.path()).await?;
            let of_file = log
                .lines()
                .filter_map(|line| line.split(' ').nth(2)?.parse().ok());
            latencies.extend(of_file.map(Duration::from_micros));
            tokio::fs::remove_file(file.path()).await?;
        }
        Ok(latencies)
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        let _left_behind = std::fs::remove_dir_all(&self.folder);
    }
}
