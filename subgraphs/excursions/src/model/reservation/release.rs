//! Giving the seats of an order back.

use service::id::{DepartureId, OrderId};

use super::{Command, Outcome, Reservation, ReservationState, Seating};
use crate::model::rejection::Rejection;

/// Give back what this order has reserved, or will have tried to reserve, on this departure.
#[derive(Clone, Copy, Debug)]
pub struct Release {
    /// Of which order.
    pub order_id: OrderId,
    /// On which departure.
    pub departure_id: DepartureId,
}

impl Command for Release {
    fn order_id(&self) -> OrderId {
        self.order_id
    }

    fn departure_id(&self) -> DepartureId {
        self.departure_id
    }

    /// Done whatever the departure's status. Rejected only where the order's reservation is on another departure: to call
    /// that done would leave its seats taken for good.
    fn decide(&self, seating: &mut Seating) -> Outcome {
        let state = match seating.reservation(self.order_id) {
            Some(reservation) if reservation.departure_id != self.departure_id => {
                return Err(Rejection::OtherReservation);
            }
            Some(reservation) => match reservation.state {
                ReservationState::Held(seats) => ReservationState::Released(seats),
                ReservationState::Released(_) | ReservationState::Void => return Ok(()),
            },
            None => ReservationState::Void,
        };
        // Where there is no such departure nothing can be reserved later either.
        if seating.departure(self.departure_id).is_some() {
            seating.put(Reservation {
                order_id: self.order_id,
                departure_id: self.departure_id,
                state,
            });
        }
        Ok(())
    }
}
