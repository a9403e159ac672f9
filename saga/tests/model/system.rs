//! The state of everything, what can happen to it, and what each step does.

use saga::Status;
use saga::state::{Event, Shape, apply};

use crate::journal::{Journal, Local, Write};
use crate::participant::{Book, Decision};
use crate::protocol::Protocol;
use crate::step::Step;
use crate::worker::{Command, Driven, Owner, Report, Worker};

pub const WORKERS: usize = 2;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct System {
    pub journal: Journal,
    pub workers: [Worker; WORKERS],
    pub books: [Book; 3],
    pub commands: Vec<Command>,
    pub writes: Vec<Write>,
    pub faults_left: u8,
}

impl System {
    /// A worker goes on with the saga as the database has it, if it is its own.
    pub fn go_on(&mut self, protocol: &Protocol, worker: usize, wrote: bool) {
        let by = self.owner_of(worker);
        let own = self.journal.owner == Some(by) || (wrote && self.journal.owner.is_some());
        self.workers[worker].driven = None;
        if !own || !self.journal.place.is_live() {
            return;
        }
        let mut driven = Driven {
            epoch: self.journal.epoch,
            entries: self.journal.entries,
            place: self.journal.place,
            committing: None,
        };
        if protocol.is_local(driven.place) {
            driven.committing = Some(self.send_write(by, &driven, Report::Due));
        } else {
            let Driven {
                epoch,
                entries,
                place,
                ..
            } = driven;
            let (position, direction) = (place.position, place.direction);
            self.commands.push(Command {
                by,
                epoch,
                entries,
                position,
                direction,
            });
        }
        self.workers[worker].driven = Some(driven);
    }

    fn send_write(&mut self, by: Owner, driven: &Driven, report: Report) -> Write {
        let Driven {
            epoch,
            entries,
            place,
            ..
        } = *driven;
        let write = Write {
            by,
            epoch,
            entries,
            place,
            report,
        };
        self.writes.push(write);
        write
    }

    pub fn report(&mut self, worker: usize, mut driven: Driven, report: Report) {
        driven.committing = Some(self.send_write(self.owner_of(worker), &driven, report));
        self.workers[worker].driven = Some(driven);
    }

    pub fn owner_of(&self, worker: usize) -> Owner {
        let life = self.workers[worker].life;
        Owner { worker, life }
    }

    fn has_lease(&self, worker: usize) -> bool {
        self.workers[worker].alive && self.journal.leases.contains(&self.owner_of(worker))
    }

    pub fn arrive(&mut self, protocol: &Protocol, command: &Command, decision: Decision) {
        let report = self.books[command.position].handle(protocol, command, decision);
        if let Some(driven) = self.workers[command.by.worker].waits_for(command) {
            self.report(command.by.worker, driven, report);
        }
    }

    pub fn commit(&mut self, protocol: &Protocol, write: &Write, local: Local) {
        let wrote = self.journal.execute(protocol, write, local);
        let worker = write.by.worker;
        let waits = self.workers[worker]
            .driven
            .is_some_and(|driven| driven.committing == Some(*write));
        if waits && self.workers[worker].life == write.by.life {
            self.go_on(protocol, worker, wrote);
        }
    }

    pub fn operate(&mut self, event: Event) {
        // Neither command depends on the steps.
        let shape = Shape {
            compensable: Vec::new(),
            pivot: None,
        };
        self.journal.place = apply(&shape, self.journal.place, event).unwrap();
        self.journal.entries += 1;
        self.journal.hand_to(None);
    }

    /// What can happen to what is on its way.
    pub fn communication(&self, protocol: &Protocol, steps: &mut Vec<Step>) {
        for command in &self.commands {
            let decides = self.books[command.position].decides(command);
            for decision in [Decision::Accept, Decision::Refuse] {
                if decides || decision == Decision::Accept {
                    steps.extend([
                        Step::Arrive(*command, decision),
                        Step::ArriveAndStay(*command, decision),
                    ]);
                }
            }
        }
        for write in &self.writes {
            let (place, waits) = protocol.after(write);
            steps.push(Step::Commit(*write, Local::Done));
            if !waits && protocol.is_local(place) {
                for local in [
                    Local::Refused,
                    Local::Broken { spent: false },
                    Local::Broken { spent: true },
                    Local::Stuck,
                ] {
                    steps.push(Step::Commit(*write, local));
                }
            }
        }
        for (worker, state) in self.workers.iter().enumerate() {
            match state.driven {
                Some(Driven { committing: None, .. }) => {
                    steps.extend([false, true].map(|spent| Step::TimeOut { worker, spent }));
                }
                Some(_) => steps.push(Step::Disconnect(worker)),
                None => {}
            }
        }
    }

    /// What can happen to leases, workers, and by operators.
    pub fn life_and_death(&self, steps: &mut Vec<Step>) {
        steps.extend(self.journal.leases.iter().copied().map(Step::Expire));
        for worker in 0..WORKERS {
            match (self.workers[worker].alive, self.has_lease(worker)) {
                (false, _) => steps.push(Step::Restart(worker)),
                (true, false) => steps.extend([Step::Renew(worker), Step::Crash(worker)]),
                (true, true) => {
                    steps.push(Step::Crash(worker));
                    if self.journal.is_free() {
                        steps.push(Step::Claim(worker));
                    }
                }
            }
        }
        if self.journal.is_orphaned() {
            steps.push(Step::Free);
        }
        if self.journal.place.status == Status::Parked {
            steps.push(Step::Resume);
        }
        if !self.journal.place.has_ended() {
            steps.push(Step::Abandon);
        }
    }

    /// Faults are rationed; the rest goes on as long as it can.
    pub fn is_fault(&self, step: &Step) -> bool {
        match step {
            Step::ArriveAndStay(..)
            | Step::TimeOut { .. }
            | Step::Commit(_, Local::Broken { .. } | Local::Stuck)
            | Step::Disconnect(_)
            | Step::Crash(_)
            | Step::Abandon => true,
            // The lease of whoever is gone runs out by itself.
            Step::Expire(owner) => self.workers[owner.worker].alive && self.owner_of(owner.worker) == *owner,
            Step::Arrive(..)
            | Step::Commit(..)
            | Step::Renew(_)
            | Step::Restart(_)
            | Step::Free
            | Step::Claim(_)
            | Step::Resume => false,
        }
    }
}
