//! `excursions audit`: all invariants of the architecture's documentation, on the live databases.

mod compare;
mod outbox;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use diesel_async::AsyncPgConnection;
use service::ServiceName;
use service::audit::Violation;
use service::config::{Environment, SettingError};

use crate::databases::{ConnectError, connect};
use compare::Books;

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
    let (orders, violations) = loop {
        let (orders, violations) = check(&mut databases).await?;
        if violations.is_empty() || began.elapsed() >= patience {
            break (orders, violations);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    };
    if violations.is_empty() {
        println!("audit: {orders} orders, all invariants hold");
        return Ok(ExitCode::SUCCESS);
    }
    violations
        .iter()
        .take(MOST_SHOWN)
        .for_each(|violation| println!("{violation}"));
    println!("audit: {orders} orders, {} violations", violations.len());
    Ok(ExitCode::FAILURE)
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

/// One look at all databases: how many orders there are, and what does not hold.
async fn check(databases: &mut Databases) -> Result<(usize, Vec<Violation>), AuditError> {
    let mut violations = Vec::new();
    let failed = |service| move |source| AuditError::Read { service, source };

    let (billing, excursions) = (&mut databases.billing, &mut databases.excursions);
    let (orders, notifications) = (&mut databases.orders, &mut databases.notifications);
    violations.extend(
        billing::audit::audit(billing)
            .await
            .map_err(failed(ServiceName::Billing))?,
    );
    violations.extend(
        excursions::audit::audit(excursions)
            .await
            .map_err(failed(ServiceName::Excursions))?,
    );
    violations.extend(
        orders::audit::audit(orders)
            .await
            .map_err(failed(ServiceName::Orders))?,
    );
    violations.extend(
        notifications::audit::audit(notifications)
            .await
            .map_err(failed(ServiceName::Notifications))?,
    );

    let books = Books {
        orders: orders::audit::orders(orders)
            .await
            .map_err(failed(ServiceName::Orders))?,
        payments: billing::audit::payments(billing)
            .await
            .map_err(failed(ServiceName::Billing))?,
        reservations: excursions::audit::reservations(excursions)
            .await
            .map_err(failed(ServiceName::Excursions))?,
        mails: notifications::audit::mails(notifications)
            .await
            .map_err(failed(ServiceName::Notifications))?,
    };
    violations.extend(compare::compare(&books));

    let outboxes = [
        (ServiceName::Users, &mut databases.users),
        (ServiceName::Excursions, excursions),
        (ServiceName::Orders, orders),
        (ServiceName::Notifications, notifications),
    ];
    for (service, connection) in outboxes {
        violations.extend(
            outbox::audit(service, connection)
                .await
                .map_err(failed(service))?,
        );
    }
    Ok((books.orders.len(), violations))
}
