//! Reservations: the seats of an order on a departure.
//!
//! Commands come in batches. A batch is one transaction: lock the departures, load the reservations of the orders, decide
//! ([`Seating`], pure), write what changed.
//!
//! Invariants: a departure's seats taken are the sum of its held reservations and never more than its capacity; a
//! reservation that was released, or whose release came first, is never held again.

mod batch;
mod load;
mod meters;
mod quote;
mod release;
mod reserve;
mod seating;
mod write;

#[cfg(test)]
mod properties;

use service::id::{DepartureId, OrderId};
use service::money::Money;

pub use batch::{Command, Outcome, run};
pub use meters::describe;
pub use quote::{Quote, Quoted, quote};
pub use release::Release;
pub use reserve::Reserve;
pub use seating::{Changes, Seating, SeatsMoved};

/// Seats at a price each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seats {
    /// How many.
    pub count: i32,
    /// What each costs.
    pub unit_price: Money,
}

/// Where a reservation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservationState {
    /// The seats are taken.
    Held(Seats),
    /// The seats were taken, and given back.
    Released(Seats),
    /// Released before it was held: the tombstone that refuses it when it comes.
    Void,
}

/// The reservation of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Of which order.
    pub order_id: OrderId,
    /// On which departure.
    pub departure_id: DepartureId,
    /// Where it stands.
    pub state: ReservationState,
}
