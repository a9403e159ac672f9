//! The command line.

use std::error::Error;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use secrecy::ExposeSecret;
use service::ServiceName;
use service::config::Environment;
use service::telemetry::{self, TelemetrySettings};

use crate::{audit, gateway, migrate, open_files, serve};

const SETTINGS: &str = "\
Settings come from the environment; one that is empty counts as absent. NAME stands for each of USERS, BILLING,
EXCURSIONS, ORDERS, NOTIFICATIONS.

  NAME_DATABASE_URL            postgres://role:password@host:port/name, one database a service   (needed)
  NAME_PORT                    where the service listens                                         (4001 to 4005)
  NAME_URL                     where the other services find it                                  (http://127.0.0.1:PORT)
  SERVICES_BIND                the address to listen on                                          (127.0.0.1)
  DATABASE_POOL_SIZE           connections that a service may open                               (10)
  KAFKA_BROKERS                host:port[,host:port]                                             (127.0.0.1:9092)
  USERS_SIGNING_KEY_FILE       the key that access tokens are signed with                        (needed by users)
  ORDERS_SERVICE_KEY_FILE      the key that service tokens are signed with                       (needed by orders)
  OPERATOR_EMAIL, OPERATOR_PASSWORD   the first operator, made at the first start
  ACCOUNT_CURRENCY             the currency of customers' accounts                               (EUR)
  BOOKING_WAIT_MS              how long a booking is waited for                                  (2000)
  GRAPHQL_INTROSPECTION        whether subgraphs tell their schemas: true or false               (true)
  LOG_FORMAT, RUST_LOG         pretty or json; which log lines                                   (pretty, info)
  OTEL_EXPORTER_OTLP_ENDPOINT  where traces go, http://host:4318                                 (nowhere)";

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
    /// Settings: GATEWAY_PORT (4000), ROUTER_URL (http://127.0.0.1:4100), NOTIFICATIONS_URL, or SUBSCRIPTIONS_URL where
    /// subscriptions are served by something else: a router that federates them. Ready when the router answers.
    Gateway,
    /// Bring the five databases and the topics to what this version needs
    ///
    /// Takes an advisory lock, so that it may run in several places at once. A serving process never migrates.
    Migrate {
        /// Take everything back instead: all data is lost
        #[arg(long)]
        revert: bool,
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
    /// Print a new Ed25519 key in PKCS#8 PEM, for USERS_SIGNING_KEY_FILE or ORDERS_SERVICE_KEY_FILE
    Keygen,
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
            Action::Keygen => {
                print!("{}", service::auth::new_signing_key()?.expose_secret());
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
                Action::Migrate { revert: false } => migrate::migrate(&environment).await?,
                Action::Migrate { revert: true } => migrate::revert(&environment).await?,
                Action::Audit => return audit::audit(&environment).await.map_err(AnyError::from),
                Action::Schema { .. } | Action::Keygen => {}
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
