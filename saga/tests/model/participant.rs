//! The participant: for each step what it holds, and what it ever did.

use saga::Direction;

use crate::protocol::{Flaw, Protocol};
use crate::worker::{Command, Report};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Held {
    #[default]
    Nothing,
    Yes,
    Undone,
    /// The undo came first: a tombstone.
    Void,
    /// A refusal that is remembered.
    Refused,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Book {
    pub held: Held,
    pub effects: u8,
    pub undone: bool,
}

/// What the participant decides where it is free to: the last seat may be gone at one moment and free at the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Decision {
    Accept,
    Refuse,
}

impl Book {
    /// Whether the answer depends on a decision.
    pub fn decides(&self, command: &Command) -> bool {
        command.direction == Direction::Forward && self.held == Held::Nothing
    }

    pub fn handle(&mut self, protocol: &Protocol, command: &Command, decision: Decision) -> Report {
        match command.direction {
            Direction::Forward => self.act(protocol, command.position, decision),
            Direction::Backward => self.undo(protocol),
        }
    }

    fn act(&mut self, protocol: &Protocol, position: usize, decision: Decision) -> Report {
        match self.held {
            Held::Nothing if decision == Decision::Accept => {
                self.held = Held::Yes;
                self.effects += 1;
                Report::Done
            }
            Held::Nothing => {
                if protocol.refusals_are_remembered(position) {
                    self.held = Held::Refused;
                }
                Report::Refused
            }
            Held::Yes => {
                self.effects += u8::from(protocol.flaw == Some(Flaw::NoIdempotency));
                Report::Done
            }
            Held::Undone | Held::Void | Held::Refused => Report::Refused,
        }
    }

    fn undo(&mut self, protocol: &Protocol) -> Report {
        self.undone = true;
        self.held = match self.held {
            Held::Yes | Held::Undone => Held::Undone,
            Held::Nothing if protocol.flaw == Some(Flaw::NoTombstones) => Held::Nothing,
            Held::Nothing | Held::Void | Held::Refused => Held::Void,
        };
        Report::Done
    }
}
