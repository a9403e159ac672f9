//! What a participant's command is rejected with: business decisions, with which nothing was done.

use service::graphql::ErrorCode;
use service::id::DepartureId;
use service::money::Money;

use super::departure::MAX_CAPACITY;

/// Why a command is rejected. The text is shown to customers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// There is no such departure.
    #[error("there is no departure {0}")]
    NoDeparture(DepartureId),
    /// No number of seats that anybody can book.
    #[error("seats must be between 1 and {MAX_CAPACITY}")]
    InvalidSeats,
    /// The departure is cancelled, or about to be.
    #[error("the departure is cancelled")]
    DepartureCancelled,
    /// By the operator or by time.
    #[error("sales for the departure are closed")]
    SalesClosed,
    /// The price is not the one that was quoted.
    #[error("a seat costs {price} now")]
    PriceChanged {
        /// What a seat costs.
        price: Money,
    },
    /// Too few seats are left.
    #[error("seats left: {left}, asked for: {wanted}")]
    SoldOut {
        /// How many are left.
        left: i32,
        /// How many were asked for.
        wanted: i32,
    },
    /// The order's reservation was released before: a tombstone, or a released reservation.
    #[error("the seats of the order have been released")]
    Released,
    /// The order has a reservation, but of other seats than the command says.
    #[error("the order has a reservation of other seats")]
    OtherReservation,
    /// Only a departure that is being cancelled can be cancelled.
    #[error("the departure is not being cancelled")]
    NotCancelling,
}

impl Rejection {
    /// The code that clients see.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::NoDeparture(_) => ErrorCode::NotFound,
            Self::InvalidSeats => ErrorCode::InvalidInput,
            Self::DepartureCancelled => ErrorCode::DepartureCancelled,
            Self::SalesClosed => ErrorCode::SalesClosed,
            Self::PriceChanged { .. } => ErrorCode::PriceChanged,
            Self::SoldOut { .. } => ErrorCode::SoldOut,
            Self::Released | Self::OtherReservation | Self::NotCancelling => ErrorCode::Conflict,
        }
    }
}
