//! `excursions audit`: all invariants of the architecture's documentation, on the live databases.

mod compare;
mod look;
mod outbox;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use diesel_async::AsyncPgConnection;
use service::ServiceName;
use service::config::{Environment, SettingError};

use crate::databases::{ConnectError, connect};
use look::{Look, look};

/// Services tell each other by events: what they are not of one mind about yet gets this long.
const PATIENCE_SECONDS: u64 = 20;
const LOOK_AGAIN: Duration = Duration::from_millis(500);
const MOST_SHOWN: usize = 50;

/// Why the databases could not be checked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuditError {
    /// A setting is missing or wrong.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// A database does not let us in.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// A database cannot be read.
    #[error("the database of {service} cannot be read")]
    Read {
        service: ServiceName,
        #[source]
        source: diesel::result::Error,
    },
}

struct Databases {
    users: AsyncPgConnection,
    billing: AsyncPgConnection,
    excursions: AsyncPgConnection,
    orders: AsyncPgConnection,
    notifications: AsyncPgConnection,
}

/// Checks, and prints what it finds.
pub(crate) async fn audit(environment: &Environment) -> Result<ExitCode, AuditError> {
    let meaning = "for how many seconds services may still be getting to know";
    let patience =
        Duration::from_secs(environment.or("AUDIT_PATIENCE_SECONDS", meaning, PATIENCE_SECONDS)?);
    let mut databases = Databases::open(environment).await?;
    let began = Instant::now();
    let found = loop {
        let found = look(&mut databases).await?;
        if found.violations.is_empty() || began.elapsed() >= patience {
            break found;
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    };
    Ok(tell(&found))
}

fn tell(found: &Look) -> ExitCode {
    let Look {
        orders,
        violations,
        given_up,
    } = found;
    let lines = violations.iter().take(MOST_SHOWN);
    lines.for_each(|violation| println!("{violation}"));
    let left = given_up.iter().take(MOST_SHOWN);
    left.for_each(|order| println!("given up: {order}"));
    let left = match given_up.len() {
        0 => String::new(),
        count => format!("; {count} given up by a person"),
    };
    if violations.is_empty() {
        println!("audit: {orders} orders, all invariants hold{left}");
        ExitCode::SUCCESS
    } else {
        println!("audit: {orders} orders, {} violations{left}", violations.len());
        ExitCode::FAILURE
    }
}

impl Databases {
    async fn open(environment: &Environment) -> Result<Self, ConnectError> {
        Ok(Self {
            users: connect(environment, ServiceName::Users).await?,
            billing: connect(environment, ServiceName::Billing).await?,
            excursions: connect(environment, ServiceName::Excursions).await?,
            orders: connect(environment, ServiceName::Orders).await?,
            notifications: connect(environment, ServiceName::Notifications).await?,
        })
    }
}
