//! What holds of all batches of commands, whatever is in them.

use std::collections::{BTreeMap, HashSet};

use chrono::{TimeDelta, Utc};
use proptest::collection::vec;
use proptest::prelude::*;
use service::graphql::ErrorCode;
use service::id::{DepartureId, OrderId};
use service::money::Money;
use uuid::Uuid;

use super::{Command, Outcome, Release, Reservation, ReservationState, Reserve, Seating};
use crate::model::departure::testing::departure;
use crate::model::departure::{Departure, DepartureStatus};

#[derive(Clone, Copy, Debug)]
enum Any {
    Reserve(Reserve),
    Release(Release),
}

impl Command for Any {
    fn order_id(&self) -> OrderId {
        match self {
            Self::Reserve(command) => command.order_id,
            Self::Release(command) => command.order_id,
        }
    }

    fn departure_id(&self) -> DepartureId {
        match self {
            Self::Reserve(command) => command.departure_id,
            Self::Release(command) => command.departure_id,
        }
    }

    fn decide(&self, seating: &mut Seating) -> Outcome {
        match self {
            Self::Reserve(command) => command.decide(seating),
            Self::Release(command) => command.decide(seating),
        }
    }
}

/// The tables, as far as batches touch them.
#[derive(Clone, Debug, PartialEq)]
struct Tables {
    departures: BTreeMap<DepartureId, Departure>,
    reservations: BTreeMap<OrderId, Reservation>,
}

impl Tables {
    /// Loads, decides and writes, with the checks that the database makes.
    fn run(&mut self, batch: &[Any]) -> Vec<Outcome> {
        let departures = batch.iter().map(Command::departure_id).collect::<HashSet<_>>();
        let orders = batch.iter().map(Command::order_id).collect::<HashSet<_>>();
        let mut seating = Seating::new(
            Utc::now(),
            departures
                .iter()
                .filter_map(|id| self.departures.get(id))
                .cloned(),
            orders.iter().filter_map(|id| self.reservations.get(id)).copied(),
        );
        let outcomes = batch.iter().map(|command| command.decide(&mut seating)).collect();
        let changes = seating.into_changes();
        for departure in changes.departures {
            let before = self.departures.insert(departure.id, departure);
            assert!(before.is_some(), "a departure out of nowhere");
        }
        for reservation in changes.inserted {
            let before = self.reservations.insert(reservation.order_id, reservation);
            assert_eq!(before, None, "a unique violation");
        }
        for order_id in changes.released {
            let reservation = self.reservations.get_mut(&order_id).unwrap();
            let ReservationState::Held(seats) = reservation.state else {
                panic!("{reservation:?} is not held");
            };
            reservation.state = ReservationState::Released(seats);
        }
        self.check();
        outcomes
    }

    fn check(&self) {
        for departure in self.departures.values() {
            let held = self
                .reservations
                .values()
                .map(|reservation| match reservation.state {
                    ReservationState::Held(seats) if reservation.departure_id == departure.id => seats.count,
                    _ => 0,
                });
            assert_eq!(departure.seats_taken, held.sum::<i32>());
            assert!(departure.seats_taken <= departure.capacity);
        }
    }
}

fn codes(outcomes: &[Outcome]) -> Vec<Option<ErrorCode>> {
    let codes = outcomes
        .iter()
        .map(|outcome| outcome.as_ref().err().map(|rejection| rejection.code()));
    codes.collect()
}

/// Four departures, of which the last two are rarely on sale.
fn tables() -> impl Strategy<Value = Tables> {
    let status = prop_oneof![
        Just(DepartureStatus::Open),
        Just(DepartureStatus::Closed),
        Just(DepartureStatus::Cancelling),
        Just(DepartureStatus::Cancelled),
    ];
    (vec(1..12, 4), vec(status, 2), any::<bool>()).prop_map(|(capacities, statuses, over)| {
        let mut departures: Vec<Departure> = capacities.into_iter().map(departure).collect();
        departures[2].status = statuses[0];
        departures[3].status = statuses[1];
        if over {
            departures[3].sales_close_at = Utc::now() - TimeDelta::seconds(1);
        }
        Tables {
            departures: departures
                .into_iter()
                .map(|departure| (departure.id, departure))
                .collect(),
            reservations: BTreeMap::new(),
        }
    })
}

/// Commands of ten orders on the departures and on one that does not exist; mostly small, mostly at the right price.
fn commands(tables: &Tables, releases: bool) -> impl Strategy<Value = Vec<Any>> + use<> {
    let mut departures: Vec<DepartureId> = tables.departures.keys().copied().collect();
    departures.push(DepartureId::new());
    let price = tables.departures.values().next().unwrap().price();
    let order = (0..10_u128).prop_map(|number| OrderId::from(Uuid::from_u128(number)));
    let departure = prop_oneof![4 => 0..2_usize, 1 => 2..5_usize].prop_map(move |index| departures[index]);
    let command = (order, departure, 0..6, 0..20, any::<bool>());
    let command = command.prop_map(move |(order_id, departure_id, seats, odd, release)| {
        if releases && release {
            return Any::Release(Release {
                order_id,
                departure_id,
            });
        }
        let unit_price = match odd {
            0 => None,
            1 => Some(Money { minor: 1, ..price }),
            _ => Some(price),
        };
        Any::Reserve(Reserve {
            order_id,
            departure_id,
            seats,
            unit_price,
        })
    });
    vec(command, 0..60)
}

fn world(releases: bool) -> impl Strategy<Value = (Tables, Vec<Any>)> {
    tables().prop_flat_map(move |tables| {
        let commands = commands(&tables, releases);
        (Just(tables), commands)
    })
}

proptest! {
    #[test]
    fn batches_of_any_size_decide_as_one_command_after_the_other(
        (tables, commands) in world(true),
        size in 1..20_usize,
    ) {
        let mut singly = tables.clone();
        let expected: Vec<Outcome> = commands.iter().flat_map(|command| singly.run(&[*command])).collect();
        let mut batched = tables;
        let outcomes: Vec<Outcome> = commands.chunks(size).flat_map(|batch| batched.run(batch)).collect();
        prop_assert_eq!(outcomes, expected);
        prop_assert_eq!(batched, singly);
    }

    #[test]
    fn repeated_reservations_are_answered_the_same_and_change_nothing((tables, commands) in world(false)) {
        let mut tables = tables;
        // An order repeats the command that it began with.
        let mut begun = BTreeMap::new();
        let commands: Vec<Any> =
            commands.into_iter().map(|command| *begun.entry(command.order_id()).or_insert(command)).collect();
        let first = tables.run(&commands);
        let after = tables.clone();
        prop_assert_eq!(codes(&tables.run(&commands)), codes(&first));
        prop_assert_eq!(tables, after);
    }

    #[test]
    fn repeated_releases_are_answered_the_same_and_change_nothing((tables, commands) in world(true)) {
        let mut tables = tables;
        tables.run(&commands);
        let releases: Vec<Any> =
            commands.into_iter().filter(|command| matches!(command, Any::Release(_))).collect();
        let first = tables.run(&releases);
        let after = tables.clone();
        prop_assert_eq!(tables.run(&releases), first);
        prop_assert_eq!(tables, after);
    }

    #[test]
    fn order_that_was_released_never_gets_seats_again((tables, commands) in world(true)) {
        let mut tables = tables;
        let outcomes = tables.run(&commands);
        let mut released = HashSet::new();
        for (command, outcome) in commands.iter().zip(&outcomes) {
            match command {
                Any::Release(release)
                    if outcome.is_ok() && tables.departures.contains_key(&release.departure_id) =>
                {
                    released.insert(release.order_id);
                }
                Any::Reserve(reserve) if released.contains(&reserve.order_id) => {
                    prop_assert_eq!(outcome.as_ref().map_err(|rejection| rejection.code()), Err(ErrorCode::Conflict));
                }
                _ => {}
            }
        }
        for order_id in released {
            let held = matches!(tables.reservations[&order_id].state, ReservationState::Held(_));
            prop_assert!(!held);
        }
    }

    #[test]
    fn order_is_refused_for_want_of_seats_only_where_it_does_not_fit((tables, commands) in world(false)) {
        let mut tables = tables;
        for command in commands {
            let Any::Reserve(reserve) = command else { continue };
            let left = tables.departures.get(&reserve.departure_id).map(Departure::seats_available);
            let outcome = tables.run(&[command]);
            if codes(&outcome) == [Some(ErrorCode::SoldOut)] {
                prop_assert!(left < Some(reserve.seats));
            }
        }
    }
}
