//! What can happen next.

use crate::journal::{Local, Write};
use crate::participant::Decision;
use crate::worker::{Command, Owner};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// A command arrives, now or very late, and is answered; whoever waits for the answer has it.
    Arrive(Command, Decision),
    /// It arrives, and will arrive once more.
    ArriveAndStay(Command, Decision),
    /// A worker has no answer in time: lost, or late.
    TimeOut {
        worker: usize,
        spent: bool,
    },
    /// The database executes a write; whoever waits for it learns what came of it.
    Commit(Write, Local),
    /// A worker does not learn what came of its write, which may still come through, and tries again.
    Disconnect(usize),
    /// The database's clock passes the end of a lease.
    Expire(Owner),
    /// A worker notices, and goes on in a new life.
    Renew(usize),
    Crash(usize),
    Restart(usize),
    /// The saga of a worker without a lease is freed.
    Free,
    Claim(usize),
    /// An operator sends a parked saga on.
    Resume,
    /// An operator gives it up.
    Abandon,
}
