//! Whom an entry concerns.

use service::id::{DepartureId, OrderId, UserId};

use crate::model::feed_entry::{Entry, Kind};

service::typed_id! {
    /// A cancellation of a departure.
    CancellationId
}

/// What a subscriber listens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// A user's notifications.
    Mailbox(UserId),
    /// A user's orders.
    OrdersOf(UserId),
    /// One order.
    Order(OrderId),
    /// One departure.
    Departure(DepartureId),
    /// One cancellation of a departure.
    Cancellation(CancellationId),
}

impl Audience {
    /// Everybody whom an entry concerns.
    pub fn of(entry: &Entry) -> impl Iterator<Item = Self> {
        let subject = entry.subject_id;
        let about = match entry.kind {
            Kind::Notification => None,
            Kind::Order => Some(Self::Order(subject.into())),
            Kind::Departure => Some(Self::Departure(subject.into())),
            Kind::Cancellation => Some(Self::Cancellation(subject.into())),
        };
        let owner = entry.user_id.and_then(|user| match entry.kind {
            Kind::Notification => Some(Self::Mailbox(user)),
            Kind::Order => Some(Self::OrdersOf(user)),
            Kind::Departure | Kind::Cancellation => None,
        });
        about.into_iter().chain(owner)
    }
}
