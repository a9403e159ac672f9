//! The database: the saga's row, the leases, and what the local step wrote.

use std::collections::BTreeSet;

use saga::state::{Event, Place, Status, apply};

use crate::protocol::{Flaw, Protocol};
use crate::worker::{Owner, Report};

/// A transition on its way to the database, with what it was computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Write {
    pub by: Owner,
    pub epoch: i64,
    pub entries: u8,
    pub place: Place,
    pub report: Report,
}

/// What a local step does within the transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Local {
    Done,
    Refused,
    /// The database refuses what it writes: the whole transaction is rolled back, and a failure written in its place.
    Broken {
        spent: bool,
    },
    /// It refuses that as well.
    Stuck,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Journal {
    pub place: Place,
    pub epoch: i64,
    pub entries: u8,
    pub owner: Option<Owner>,
    pub leases: BTreeSet<Owner>,
    /// How often the local step had its effect.
    pub confirmed: u8,
    /// How often the local action of a compensated end had its effect.
    pub turned_away: u8,
    /// Writes by whoever did not drive the saga, or of what was written before.
    pub stale_writes: u8,
}

impl Journal {
    /// A saga that its starter drives at once, or that waits to be claimed.
    pub fn new(owner: Option<Owner>, workers: impl IntoIterator<Item = Owner>) -> Self {
        Self {
            place: Place::start(),
            epoch: 1,
            entries: 1,
            owner,
            leases: workers.into_iter().collect(),
            confirmed: 0,
            turned_away: 0,
            stale_writes: 0,
        }
    }

    /// Commits a transition whose fence holds; whether it was written.
    pub fn execute(&mut self, protocol: &Protocol, write: &Write, local: Local) -> bool {
        let drives =
            self.owner == Some(write.by) && self.epoch == write.epoch && self.leases.contains(&write.by);
        let fresh = self.entries == write.entries;
        let accepted = match protocol.flaw {
            Some(Flaw::NoFence) => true,
            Some(Flaw::FenceWithoutEntries) => drives,
            _ => drives && fresh,
        };
        if !accepted {
            return false;
        }
        self.stale_writes += u8::from(!(drives && fresh));
        let (place, waits) = self.next_place(protocol, write, local);
        self.place = place;
        self.entries = write.entries + 1;
        if waits || !place.is_live() {
            self.owner = None;
        }
        true
    }

    /// Where the saga stands after the report and the local steps that are due then, and whether it waits there.
    fn next_place(&mut self, protocol: &Protocol, write: &Write, local: Local) -> (Place, bool) {
        let (place, waits) = protocol.after(write);
        let after = |place, event| apply(&protocol.shape, place, event).unwrap();
        let place = match local {
            _ if waits || !protocol.is_local(place) => place,
            Local::Broken { spent: false } => return (after(write.place, Event::RetryScheduled), true),
            // A local step that failed did nothing; a participant's did, and its answer is lost.
            Local::Broken { spent: true } if write.report == Report::Due => {
                after(write.place, Event::Rejected)
            }
            Local::Broken { spent: true } => after(write.place, Event::Exhausted),
            Local::Stuck => after(write.place, Event::Stuck),
            Local::Refused => after(place, Event::Rejected),
            Local::Done => {
                self.confirmed += 1;
                after(place, Event::Succeeded)
            }
        };
        self.turned_away += u8::from(place.status == Status::Compensated);
        (place, waits)
    }

    /// Frees the saga from a worker whose lease is gone.
    pub fn is_orphaned(&self) -> bool {
        self.place.is_live() && self.owner.is_some_and(|owner| !self.leases.contains(&owner))
    }

    /// Whether a worker may claim the saga.
    pub fn is_free(&self) -> bool {
        self.place.is_live() && self.owner.is_none()
    }

    /// A change of hands: to another worker, or to nobody.
    pub fn hand_to(&mut self, owner: Option<Owner>) {
        self.owner = owner;
        self.epoch += 1;
    }
}
