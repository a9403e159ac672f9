//! The command line.

mod settings;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use chrono::{DateTime, Utc};
use clap::{Parser, Subcommand};
use service::ServiceName;
use service::auth::Role;
use service::config::Environment;
use service::telemetry::{self, TelemetrySettings};
use users::email::EmailAddress;

use crate::dead_letters::{self, DlqCommand};
use crate::sagas::{self, SagasCommand};
use crate::{access, audit, gateway, health, keys, migrate, open_files, outbox, rewind, serve, span};
use settings::SETTINGS;

/// Books seats on excursions: five services, each a GraphQL subgraph with a PostgreSQL database of its own
#[derive(Parser)]
#[command(name = "excursions", version, max_term_width = 120, after_long_help = SETTINGS, after_help = "--help tells the settings, too.")]
pub(crate) struct Command {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Serve some services, or all five in one process
    ///
    /// Each listens on a port of its own: POST /graphql, GET /health/live, /health/ready and /metrics. On SIGTERM or
    /// Ctrl-C it answers what is in flight, hands its sagas over and stops.
    Serve {
        /// The services; none named means all
        services: Vec<ServiceName>,
    },
    /// Serve the one public origin: the router's /graphql, subscriptions, the playground
    ///
    /// Settings: GATEWAY_PORT (4000), ROUTER_URL (http://127.0.0.1:4100), and SUBSCRIPTIONS_URL with
    /// its path (NOTIFICATIONS_URL/subscriptions): a router that federates subscriptions may serve them too. Ready when
    /// the router answers. Its own metrics are on GATEWAY_METRICS_PORT (4009), not on the public origin.
    Gateway,
    /// Bring the five databases, or those of some services, and the topics to what this version needs
    ///
    /// Takes an advisory lock, so that it may run in several places at once. A serving process never migrates.
    Migrate {
        /// The services; none named means all
        services: Vec<ServiceName>,
        /// Take everything back instead: all data is lost
        #[arg(long)]
        revert: bool,
    },
    /// Ask whether what runs here is ready; ends with 1 where it is not
    ///
    /// For containers: whichever of the services and the gateway listens on this machine is asked, and one must.
    Health {
        /// Readiness to ask for instead, http://host:port/health/ready
        urls: Vec<String>,
    },
    /// Print the subgraph schema of a service, in Federation's language
    Schema {
        /// The service
        service: ServiceName,
    },
    /// Check all invariants on the live databases
    ///
    /// Prints what it finds; ends with 1 where anything is found. Orders that are in flight are left out where their
    /// services are not of one mind yet.
    Audit,
    /// List, show, retry and abandon sagas, on ORDERS_DATABASE_URL
    #[command(subcommand)]
    Sagas(SagasCommand),
    /// Print an access token of a user
    ///
    /// On USERS_DATABASE_URL, signed with USERS_SIGNING_KEY_FILE. The token alone goes to the standard output:
    /// TOKEN=$(excursions token ann@example.com)
    Token {
        /// The user's e-mail address
        email: EmailAddress,
    },
    /// Give a user a role, on USERS_DATABASE_URL
    ///
    /// The last administrator stays one. Tokens say the role that the user had when they were signed.
    Promote {
        /// The user's e-mail address
        email: EmailAddress,
        /// customer, operator or admin
        #[arg(value_parser = access::role)]
        role: Role,
    },
    /// Show events that are written and not published yet, service by service
    ///
    /// Where a relay works, an event waits for milliseconds. Old ones mean that the broker does not take them, or that
    /// the service does not run.
    Outbox {
        /// At most so many events of each service
        #[arg(long, default_value_t = 10)]
        rows: u16,
    },
    /// List, show and re-drive records that a consumer could not process, on KAFKA_BROKERS
    #[command(subcommand)]
    Dlq(DlqCommand),
    /// After the databases were restored to a moment: send consumers back to it
    ///
    /// On KAFKA_BROKERS and NOTIFICATIONS_DATABASE_URL, while no service runs. Events published after the moment tell of what
    /// is undone: consumers go on behind them. Those of the last while before it are published again, since consumers may not
    /// have taken them up by then; those that have pass over them. Cursors of the feed expire.
    Rewind {
        /// What the databases were restored to, such as 2026-12-01T06:30:00+00:00
        moment: DateTime<Utc>,
        /// How far behind consumers were at that moment, at most: 90s, 15m, 2h
        #[arg(long, default_value = "1h", value_parser = span::parse)]
        lag: Duration,
        /// Only tell what it would be, with each event that is undone
        #[arg(long)]
        dry_run: bool,
    },
    /// Make an Ed25519 key in PKCS#8 PEM, for USERS_SIGNING_KEY_FILE or ORDERS_SERVICE_KEY_FILE
    ///
    /// Prints it, or writes one into each file that is named and not there yet, for its owner alone to read.
    Keygen {
        /// The files
        files: Vec<PathBuf>,
    },
}

type AnyError = Box<dyn Error + Send + Sync>;

impl Command {
    /// Does what the command line says.
    pub(crate) fn run(self) -> Result<ExitCode, AnyError> {
        let environment = Environment::of_process();
        match self.action {
            Action::Schema { service } => {
                print!("{}", serve::sdl(service));
                return Ok(ExitCode::SUCCESS);
            }
            Action::Keygen { files } => {
                keys::make(&files)?;
                return Ok(ExitCode::SUCCESS);
            }
            // Asked every few seconds, beside what is measured and traced.
            Action::Health { urls } => {
                let runtime = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()?;
                runtime.block_on(health::check(&environment, urls))?;
                return Ok(ExitCode::SUCCESS);
            }
            _ => {}
        }
        let process = match &self.action {
            Action::Serve { services } if services.len() == 1 => services[0].as_str(),
            Action::Serve { .. } => "all",
            Action::Gateway => "gateway",
            _ => "command",
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let settings = TelemetrySettings::read(&environment)?;
        let _telemetry = runtime.block_on(async { telemetry::start(&settings, process) })?;
        open_files::take_all();
        runtime.block_on(async {
            match self.action {
                Action::Serve { services } => serve::serve(&environment, services).await?,
                Action::Gateway => gateway::serve(&environment).await?,
                Action::Migrate {
                    services,
                    revert: false,
                } => migrate::migrate(&environment, services).await?,
                Action::Migrate {
                    services,
                    revert: true,
                } => migrate::revert(&environment, services).await?,
                Action::Audit => return audit::audit(&environment).await.map_err(AnyError::from),
                Action::Sagas(command) => {
                    return sagas::run(&environment, command).await.map_err(AnyError::from);
                }
                Action::Token { email } => access::token(&environment, &email).await?,
                Action::Promote { email, role } => access::give_role(&environment, &email, role).await?,
                Action::Outbox { rows } => outbox::show(&environment, rows).await?,
                Action::Dlq(command) => dead_letters::run(&environment, command).await?,
                Action::Rewind { moment, lag, dry_run } => {
                    rewind::rewind(&environment, moment, lag, dry_run).await?;
                }
                Action::Schema { .. } | Action::Health { .. } | Action::Keygen { .. } => {}
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn command_line_is_consistent() {
        Command::command().debug_assert();
    }
}
