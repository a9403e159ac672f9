//! Processor time of the server and of its clients, from Linux's /proc: what a booking costs, whoever else is on the
//! machine.

use std::fs;
use std::time::Duration;

/// Linux counts in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

struct Process {
    id: u32,
    parent: u32,
    own: u32,
    of_ended_children: u32,
}

/// Of this process, of those that it ran, and of the server that a backend belongs to, where that is on this machine.
#[must_use]
pub fn used(backend: u32) -> Duration {
    let processes: Vec<Process> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| read(entry.ok()?.file_name().to_str()?))
        .collect();
    let parent = |id: u32| {
        processes
            .iter()
            .find(|process| process.id == id)
            .map(|process| process.parent)
    };
    let postmaster = parent(backend).unwrap_or_default();
    let ticks = processes.iter().map(|process| {
        if process.id == postmaster || process.id == std::process::id() {
            process.own + process.of_ended_children
        } else if process.parent == postmaster {
            process.own
        } else {
            0
        }
    });
    TICK * ticks.sum()
}

/// `pid (name) state ppid …`, user and system time at 14 to 17.
fn read(id: &str) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{}/stat", id.parse::<u32>().ok()?)).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    let fields: Vec<&str> = rest.split(' ').collect();
    let field = |number: usize| fields.get(number - 3)?.parse::<u32>().ok();
    Some(Process {
        id: id.parse().ok()?,
        parent: field(4)?,
        own: field(14)? + field(15)?,
        of_ended_children: field(16)? + field(17)?,
    })
}
