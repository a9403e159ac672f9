//! A worker: what it believes, which may be out of date.

use saga::Direction;
use saga::state::Place;

use crate::journal::Write;

/// One life of a worker; a worker that lost its lease, or crashed, goes on in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Owner {
    pub worker: usize,
    pub life: u8,
}

/// What came of the step that was due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Report {
    Done,
    Refused,
    Failed {
        spent: bool,
    },
    /// Nothing yet: a local step is due.
    Due,
}

/// A command on its way to the participant. Who sent it, and when, makes it one of its kind; the participant does not
/// look at that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Command {
    pub by: Owner,
    pub epoch: i64,
    pub entries: u8,
    pub position: usize,
    pub direction: Direction,
}

/// The saga as a worker holds it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Driven {
    pub epoch: i64,
    pub entries: u8,
    pub place: Place,
    /// The write whose answer it waits for; nothing while it waits for the participant's.
    pub committing: Option<Write>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Worker {
    pub life: u8,
    pub alive: bool,
    pub driven: Option<Driven>,
}

impl Worker {
    pub const NEW: Self = Self {
        life: 0,
        alive: true,
        driven: None,
    };

    pub fn begin_new_life(&mut self) {
        *self = Self {
            life: self.life + 1,
            ..Self::NEW
        };
    }

    /// The saga, where it waits for the answer to this command.
    pub fn waits_for(&self, command: &Command) -> Option<Driven> {
        self.driven.filter(|driven| {
            self.life == command.by.life
                && driven.committing.is_none()
                && (driven.epoch, driven.entries) == (command.epoch, command.entries)
        })
    }
}
