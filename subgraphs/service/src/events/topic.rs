//! The topics.

use crate::ServiceName;

/// Partitions of each topic: the most processes of a service that can share its consumption.
pub const PARTITIONS: i32 = 6;

/// What a service publishes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Topic {
    /// `users.events`
    Users,
    /// `excursions.events`
    Excursions,
    /// `orders.events`
    Orders,
    /// `notifications.events`
    Notifications,
}

impl Topic {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Users, Self::Excursions, Self::Orders, Self::Notifications];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Users => "users.events",
            Self::Excursions => "excursions.events",
            Self::Orders => "orders.events",
            Self::Notifications => "notifications.events",
        }
    }

    /// Who publishes on it: the `source` of its events.
    #[must_use]
    pub const fn publisher(self) -> ServiceName {
        match self {
            Self::Users => ServiceName::Users,
            Self::Excursions => ServiceName::Excursions,
            Self::Orders => ServiceName::Orders,
            Self::Notifications => ServiceName::Notifications,
        }
    }
}

/// Where the records of a topic go that could not be processed.
pub fn dead_letter_topic(topic: &str) -> String {
    format!("{topic}.dlq")
}
