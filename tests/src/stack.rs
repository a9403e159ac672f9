//! Where the stack is and who may do what, as the stack's environment file says.

use std::env;
use std::fmt;
use std::path::PathBuf;

/// A setting that is missing.
#[derive(Debug, thiserror::Error)]
#[error(
    "{0} is not set: load the environment of a running stack (set -a; . .local/main/environment; set +a)"
)]
pub struct SettingError(String);

/// One of the five services.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Service {
    /// Registration, log-in, roles.
    Users,
    /// Accounts, the ledger.
    Billing,
    /// Catalogue, seats.
    Excursions,
    /// Orders, the sagas.
    Orders,
    /// Mails, the live feed.
    Notifications,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Users,
        Self::Billing,
        Self::Excursions,
        Self::Orders,
        Self::Notifications,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Billing => "billing",
            Self::Excursions => "excursions",
            Self::Orders => "orders",
            Self::Notifications => "notifications",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Which router stands before the services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Router {
    /// Apollo Router, without a licence.
    Apollo,
    /// Hive Router, which federates subscriptions.
    Hive,
}

/// A running stack.
#[derive(Clone, Debug)]
pub struct Stack {
    /// The public origin.
    pub origin: String,
    /// The router behind it.
    pub router: Router,
    /// Where the router itself listens.
    pub router_url: String,
    /// The Kafka brokers.
    pub brokers: String,
    /// The first operator's e-mail address.
    pub operator_email: String,
    /// The first operator's password.
    pub operator_password: String,
    /// The binary that the stack runs.
    pub binary: PathBuf,
    /// Where the processes' pid files are.
    pub pid_folder: PathBuf,
}

impl Stack {
    /// The stack of the environment.
    ///
    /// # Errors
    /// The first setting that is missing.
    pub fn of_environment() -> Result<Self, SettingError> {
        Ok(Self {
            origin: setting("GATEWAY_URL")?,
            router: match setting("ROUTER")?.as_str() {
                "hive" => Router::Hive,
                _ => Router::Apollo,
            },
            router_url: setting("ROUTER_URL")?,
            brokers: setting("KAFKA_BROKERS")?,
            operator_email: setting("OPERATOR_EMAIL")?,
            operator_password: setting("OPERATOR_PASSWORD")?,
            binary: setting("EXCURSIONS_BINARY")?.into(),
            pid_folder: setting("STACK_PID_DIR")?.into(),
        })
    }

    /// Where a service listens, behind the router.
    ///
    /// # Errors
    /// Where its setting is missing.
    pub fn url_of(&self, service: Service) -> Result<String, SettingError> {
        setting(&format!("{}_URL", service.name().to_uppercase()))
    }

    /// The URL of a service's database.
    ///
    /// # Errors
    /// Where its setting is missing.
    pub fn database_url_of(&self, service: Service) -> Result<String, SettingError> {
        setting(&format!("{}_DATABASE_URL", service.name().to_uppercase()))
    }
}

fn setting(name: &str) -> Result<String, SettingError> {
    env::var(name)
        .ok()
        .filter(|value| !value.is_empty())
        .ok_or_else(|| SettingError(name.to_owned()))
}
