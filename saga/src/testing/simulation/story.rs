//! A run: sagas are started, processes and the database suffer, then all is well and everything must come to rest.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use super::Flaw;
use super::chance::Chance;
use super::check::{Told, Violation, check};
use super::database::{Database, ProcessStore};
use super::definitions::Plans;
use super::participants::Participants;
use super::process::Process;
use super::time::VirtualTime;
use crate::SagaId;
use crate::worker::{Link, Message};

/// How long things go wrong.
const TROUBLE: Duration = Duration::from_secs(5);
/// How long everything may take to come to rest after that.
const PATIENCE: Duration = Duration::from_secs(120);
/// Whatever is on its way when all is at rest has arrived after so long.
const LAST_DELIVERIES: Duration = Duration::from_secs(5);

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// How many sagas there were.
    pub sagas: usize,
    /// Promises that were not kept; none in a good run.
    pub violations: Vec<Violation>,
    /// What happened, line by line, in virtual time.
    pub log: String,
}

/// Plays the run of a seed; the same seed always plays the same run.
///
/// # Errors
/// Where the operating system has no thread to run it on.
pub fn simulate(seed: u64, flaw: Option<Flaw>) -> std::io::Result<Run> {
    let time = VirtualTime::new();
    let runtime = time.runtime()?;
    let chance = Chance::new(seed, flaw, time);
    Ok(runtime.block_on(Story::new(chance).play()))
}

struct Story {
    chance: Chance,
    plans: Arc<Plans>,
    database: Database,
    participants: Participants,
    processes: Vec<Process>,
    told: Arc<Mutex<Vec<Told>>>,
}

impl Story {
    fn new(chance: Chance) -> Self {
        let plans = Arc::new(Plans::make_up(&chance));
        let database = Database::new(chance.clone());
        let participants = Participants::new(chance.clone());
        let process = |name| {
            Process::new(
                name,
                chance.clone(),
                database.clone(),
                participants.clone(),
                Arc::clone(&plans),
            )
        };
        let processes = (0..1 + chance.below(3) as usize).map(process).collect();
        Self {
            plans,
            database,
            participants,
            processes,
            told: Arc::default(),
            chance,
        }
    }

    async fn play(mut self) -> Run {
        self.trouble().await;
        self.chance.say("all is well from here on");
        self.chance.calm_down();
        self.processes.iter_mut().for_each(Process::start);
        let end = self.chance.time.now() + PATIENCE;
        while !self.database.all_at_rest() && self.chance.time.now() < end {
            self.chance.time.sleep(Duration::from_millis(100)).await;
        }
        self.chance.time.sleep(LAST_DELIVERIES).await;
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Run {
            sagas: self.database.sagas().len(),
            violations: check(&self.plans, &self.database, &self.participants, &told),
            log: self.chance.take_log(),
        }
    }

    async fn trouble(&mut self) {
        self.processes.iter_mut().for_each(Process::start);
        let end = self.chance.time.now() + TROUBLE;
        while self.chance.time.now() < end {
            let pause = self.chance.milliseconds(1, 150);
            self.chance.time.sleep(pause).await;
            self.something_happens();
        }
    }

    fn something_happens(&mut self) {
        let chance = self.chance.clone();
        let any = chance.below(self.processes.len() as u64) as usize;
        match chance.below(100) {
            0..60 => self.start_saga(any),
            60..75 => self.processes[any].start(),
            75..82 => self.processes[any].crash(),
            82..90 => self.processes[any].pause(chance.milliseconds(10, 2_500)),
            90..94 => self.processes[any].stop(),
            94..97 => self.database.is_out_for(chance.milliseconds(50, 1_500)),
            _ => {}
        }
    }

    /// As a client does: writes the saga, hands it to the worker, and waits for its end.
    fn start_saga(&mut self, process: usize) {
        let mut bytes = [0; 16];
        rand::Rng::fill_bytes(&mut self.chance.generator(), &mut bytes);
        let id = uuid::Builder::from_random_bytes(bytes).into_uuid();
        let name = self.plans.any(&self.chance).name;
        let (chance, told) = (self.chance.clone(), Arc::clone(&self.told));
        self.processes[process].serve(move |link, store| start_and_wait(chance, link, store, id, name, told));
    }
}

async fn start_and_wait(
    chance: Chance,
    link: Link,
    store: Arc<ProcessStore>,
    id: Uuid,
    name: &'static str,
    told: Arc<Mutex<Vec<Told>>>,
) {
    let end = link.end_of(SagaId(id));
    let worker = link.worker();
    match store.insert(id, name, worker).await {
        Ok(snapshots) => {
            chance.say(&format!("{id} is started"));
            link.tell(match worker {
                Some(worker) => Message::Started(worker, snapshots),
                None => Message::Look,
            });
        }
        Err(_) => {
            chance.say(&format!("{id} may have been started"));
            if let Some(worker) = worker {
                link.tell(Message::Doubtful(worker, vec![id]));
            }
        }
    }
    if let Ok(ended) = end.await {
        told.lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((id, ended.status));
    }
}
