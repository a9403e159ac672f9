//! Taking seats for an order.

use service::id::{DepartureId, OrderId};
use service::money::Money;

use super::{Command, Outcome, Reservation, ReservationState, Seating, Seats};
use crate::model::departure::MAX_CAPACITY;
use crate::model::rejection::Rejection;

/// Take these seats for this order, at the price that was quoted.
#[derive(Clone, Copy, Debug)]
pub struct Reserve {
    /// For which order.
    pub order_id: OrderId,
    /// On which departure.
    pub departure_id: DepartureId,
    /// How many.
    pub seats: i32,
    /// What was quoted for each; `None` where it is no amount of money: nothing costs that.
    pub unit_price: Option<Money>,
}

impl Reserve {
    /// The answer where the order has a reservation: done if it is this one.
    fn repeated(&self, reservation: &Reservation) -> Outcome {
        match reservation.state {
            ReservationState::Held(seats) => {
                let same = reservation.departure_id == self.departure_id
                    && seats.count == self.seats
                    && Some(seats.unit_price) == self.unit_price;
                if same {
                    Ok(())
                } else {
                    Err(Rejection::OtherReservation)
                }
            }
            ReservationState::Released(_) | ReservationState::Void => Err(Rejection::Released),
        }
    }
}

impl Command for Reserve {
    fn order_id(&self) -> OrderId {
        self.order_id
    }

    fn departure_id(&self) -> DepartureId {
        self.departure_id
    }

    fn decide(&self, seating: &mut Seating) -> Outcome {
        if let Some(reservation) = seating.reservation(self.order_id) {
            return self.repeated(reservation);
        }
        if !(1..=MAX_CAPACITY).contains(&self.seats) {
            return Err(Rejection::InvalidSeats);
        }
        let departure = seating
            .departure(self.departure_id)
            .ok_or(Rejection::NoDeparture(self.departure_id))?;
        departure.on_sale(seating.now)?;
        let unit_price = departure.price();
        if self.unit_price != Some(unit_price) {
            return Err(Rejection::PriceChanged { price: unit_price });
        }
        if departure.seats_available() < self.seats {
            return Err(Rejection::SoldOut {
                left: departure.seats_available(),
                wanted: self.seats,
            });
        }
        seating.put(Reservation {
            order_id: self.order_id,
            departure_id: self.departure_id,
            state: ReservationState::Held(Seats {
                count: self.seats,
                unit_price,
            }),
        });
        Ok(())
    }
}
