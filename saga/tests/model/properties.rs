//! What is promised, said of what can be seen from outside: the books, and the saga's end.

use saga::Status;
use stateright::Property;

use crate::participant::{Book, Held};
use crate::protocol::Protocol;
use crate::system::System;

pub const AT_MOST_ONCE: &str = "each step has its effect once at most";
pub const UNDO_WINS: &str = "what was undone, also before it was done, is not done afterwards";
pub const REVERSE_ORDER: &str = "a step is undone after those that came later";
pub const STALE_WRITES: &str = "whoever does not drive the saga writes nothing";
pub const ENDS_MATCH: &str = "what stands in the end, and ever after, is all or nothing";

pub fn properties() -> Vec<Property<Protocol>> {
    vec![
        Property::always(AT_MOST_ONCE, |_, system: &System| {
            let once = |book: &Book| book.effects <= 1;
            system.books.iter().all(once) && system.journal.confirmed <= 1 && system.journal.turned_away <= 1
        }),
        Property::always(UNDO_WINS, |_, system: &System| {
            system
                .books
                .iter()
                .all(|book| !(book.undone && book.held == Held::Yes))
        }),
        Property::always(REVERSE_ORDER, |_, system: &System| {
            let [flight, hotel, _] = &system.books;
            !(flight.undone && hotel.held == Held::Yes)
        }),
        Property::always(STALE_WRITES, |_, system: &System| {
            system.journal.stale_writes == 0
        }),
        Property::always(ENDS_MATCH, |_, system: &System| {
            let [flight, hotel, confirm] = system.books.each_ref().map(|book| book.held == Held::Yes);
            let confirmed = confirm || system.journal.confirmed > 0;
            match system.journal.place.status {
                Status::Completed => flight && hotel && confirmed,
                Status::Compensated => !flight && !hotel && !confirmed,
                _ => true,
            }
        }),
        // The search looks into every corner.
        Property::sometimes(
            "a saga completes after all that can go wrong has",
            |_, system: &System| system.faults_left == 0 && system.journal.place.status == Status::Completed,
        ),
        Property::sometimes(
            "a saga is undone after all that can go wrong has",
            |_, system: &System| {
                system.faults_left == 0 && system.journal.place.status == Status::Compensated
            },
        ),
        Property::sometimes("an undo overtakes its action", |_, system: &System| {
            system.books.iter().any(|book| book.undone && book.effects == 0)
        }),
        Property::sometimes("a saga is parked", |_, system: &System| {
            system.journal.place.status == Status::Parked
        }),
        Property::sometimes("both workers believe that they drive it", |_, system: &System| {
            system.workers.iter().all(|worker| worker.driven.is_some())
        }),
    ]
}
