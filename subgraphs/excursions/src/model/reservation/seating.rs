//! The departures and reservations of a batch while it is decided. Pure: what changed is written afterwards.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::{DateTime, Utc};
use service::id::{DepartureId, OrderId};

use super::{Reservation, ReservationState};
use crate::model::departure::Departure;

/// Locked departures and the reservations of some orders.
#[derive(Clone, Debug)]
pub struct Seating {
    /// The database's clock after the locks were had.
    pub now: DateTime<Utc>,
    departures: BTreeMap<DepartureId, Departure>,
    reservations: HashMap<OrderId, Reservation>,
    changed_departures: BTreeSet<DepartureId>,
    changed_reservations: BTreeSet<OrderId>,
    stored_reservations: HashSet<OrderId>,
}

/// What is to be written.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Departures whose seats taken changed, by id.
    pub departures: Vec<Departure>,
    /// Reservations that are new, by id.
    pub inserted: Vec<Reservation>,
    /// Reservations that were held and are released now, by id.
    pub released: Vec<OrderId>,
    /// How many seats that takes and gives back.
    pub seats: SeatsMoved,
}

/// How many seats a batch takes, and how many it gives back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeatsMoved {
    /// By reservations that are held now.
    pub reserved: i32,
    /// By reservations that were held.
    pub released: i32,
}

impl Seating {
    /// What was loaded.
    pub fn new(
        now: DateTime<Utc>,
        departures: impl IntoIterator<Item = Departure>,
        reservations: impl IntoIterator<Item = Reservation>,
    ) -> Self {
        let departures = departures.into_iter().map(|departure| (departure.id, departure));
        let reservations: HashMap<_, _> = reservations
            .into_iter()
            .map(|reservation| (reservation.order_id, reservation))
            .collect();
        Self {
            now,
            departures: departures.collect(),
            stored_reservations: reservations.keys().copied().collect(),
            reservations,
            changed_departures: BTreeSet::new(),
            changed_reservations: BTreeSet::new(),
        }
    }

    /// A departure, if it exists.
    #[must_use]
    pub fn departure(&self, id: DepartureId) -> Option<&Departure> {
        self.departures.get(&id)
    }

    /// The reservation of an order, if it has one.
    #[must_use]
    pub fn reservation(&self, order_id: OrderId) -> Option<&Reservation> {
        self.reservations.get(&order_id)
    }

    /// Sets a reservation, and counts its seats as taken as long as it is held.
    pub fn put(&mut self, reservation: Reservation) {
        let before = self.reservations.insert(reservation.order_id, reservation);
        self.changed_reservations.insert(reservation.order_id);
        let change = held_seats(Some(reservation)) - held_seats(before);
        if let Some(departure) = self.departures.get_mut(&reservation.departure_id)
            && change != 0
        {
            departure.seats_taken += change;
            self.changed_departures.insert(departure.id);
        }
    }

    /// What differs from what was loaded.
    #[must_use]
    pub fn into_changes(mut self) -> Changes {
        let mut changes = Changes::default();
        for id in self.changed_departures {
            changes.departures.extend(self.departures.remove(&id));
        }
        for order_id in self.changed_reservations {
            let Some(reservation) = self.reservations.remove(&order_id) else {
                continue;
            };
            let stored = self.stored_reservations.contains(&order_id);
            match reservation.state {
                ReservationState::Held(seats) => changes.seats.reserved += seats.count,
                ReservationState::Released(seats) if stored => changes.seats.released += seats.count,
                // Never held, or for no longer than the batch lasted.
                ReservationState::Released(_) | ReservationState::Void => {}
            }
            if stored {
                changes.released.push(order_id);
            } else {
                changes.inserted.push(reservation);
            }
        }
        changes
    }
}

fn held_seats(reservation: Option<Reservation>) -> i32 {
    match reservation.map(|reservation| reservation.state) {
        Some(ReservationState::Held(seats)) => seats.count,
        _ => 0,
    }
}
