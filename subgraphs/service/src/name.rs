//! The five services by name.

use std::fmt;
use std::str::FromStr;

/// One of the five services; also the name of its database, its role and its subgraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ServiceName {
    /// Registration, log-in, roles, tokens.
    Users,
    /// Accounts and the ledger.
    Billing,
    /// Catalogue, departures, seats.
    Excursions,
    /// Orders, tickets, sagas.
    Orders,
    /// E-mails and the live feed.
    Notifications,
}

impl ServiceName {
    /// All five, in the order of their default ports.
    pub const ALL: [Self; 5] = [
        Self::Users,
        Self::Billing,
        Self::Excursions,
        Self::Orders,
        Self::Notifications,
    ];

    /// The name as it stands in URLs, topics and databases.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Billing => "billing",
            Self::Excursions => "excursions",
            Self::Orders => "orders",
            Self::Notifications => "notifications",
        }
    }

    /// The name as the prefix of its settings, `USERS` in `USERS_PORT`.
    #[must_use]
    pub fn setting_prefix(self) -> String {
        self.as_str().to_uppercase()
    }

    /// The port that the service listens on unless told otherwise.
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Users => 4001,
            Self::Billing => 4002,
            Self::Excursions => 4003,
            Self::Orders => 4004,
            Self::Notifications => 4005,
        }
    }
}

impl fmt::Display for ServiceName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.as_str())
    }
}

/// A word that names no service.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is not a service; the services are users, billing, excursions, orders and notifications")]
pub struct UnknownService(String);

impl FromStr for ServiceName {
    type Err = UnknownService;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|service| service.as_str() == word)
            .ok_or_else(|| UnknownService(word.to_owned()))
    }
}
