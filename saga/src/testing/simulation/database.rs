//! The database: the journal's rules without its SQL. It answers late, is out for a while, fails before a commit or after
//! it, and refuses rows.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use diesel::result::Error as DatabaseError;
use futures::FutureExt;
use uuid::Uuid;

use super::Flaw;
use super::chance::Chance;
use super::process::Gate;
use crate::definition::{ErasedDefinition, ErasedState, Registry, Transaction};
use crate::journal::transition::{Transition, number_entries, run_local_steps, settled, transitions};
use crate::journal::{Commit, Fence, Happened, Item, JournalError, Snapshot};
use crate::state::{Place, Status};
use crate::store::Store;
use crate::{Rejection, SagaId, WorkerId};

/// What local actions of a transaction write.
#[derive(Default)]
pub(crate) struct LocalEffects(pub(super) Vec<(Uuid, usize)>);

#[derive(Clone)]
pub(super) struct Row {
    pub(super) definition: &'static str,
    pub(super) place: Place,
    state: ErasedState,
    rejection: Option<Rejection>,
    last_error: Option<String>,
    owner: Option<WorkerId>,
    epoch: i64,
    entries: i32,
    next_attempt: Instant,
    step_began: Instant,
    updated: Instant,
}

#[derive(Default)]
struct Tables {
    sagas: BTreeMap<Uuid, Row>,
    leases: BTreeMap<Uuid, Instant>,
    local_effects: BTreeMap<(Uuid, usize), u32>,
    /// Sagas whose row changed after they had ended.
    changed_after_end: Vec<Uuid>,
    out_until: Option<Instant>,
}

/// The one database that all processes share.
#[derive(Clone)]
pub(super) struct Database {
    chance: Chance,
    tables: Arc<Mutex<Tables>>,
}

impl Database {
    pub(super) fn new(chance: Chance) -> Self {
        Self {
            chance,
            tables: Arc::default(),
        }
    }

    /// It cannot be reached for a while.
    pub(super) fn is_out_for(&self, length: Duration) {
        self.chance
            .say(&format!("the database is out for {} ms", length.as_millis()));
        self.lock().out_until = Some(self.chance.time.now() + length);
    }

    pub(super) fn sagas(&self) -> Vec<(Uuid, Row)> {
        let tables = self.lock();
        tables.sagas.iter().map(|(id, row)| (*id, row.clone())).collect()
    }

    pub(super) fn status(&self, saga: Uuid) -> Option<Status> {
        self.lock().sagas.get(&saga).map(|row| row.place.status)
    }

    pub(super) fn all_at_rest(&self) -> bool {
        self.lock().sagas.values().all(|row| !row.place.is_live())
    }

    pub(super) fn local_effects(&self, saga: Uuid, effect: usize) -> u32 {
        self.lock()
            .local_effects
            .get(&(saga, effect))
            .copied()
            .unwrap_or(0)
    }

    pub(super) fn changed_after_end(&self) -> Vec<Uuid> {
        self.lock().changed_after_end.clone()
    }

    fn is_out(&self) -> bool {
        let out_until = self.lock().out_until;
        out_until.is_some_and(|until| until > self.chance.time.now())
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tables {
    fn has_lease(&self, worker: WorkerId, now: Instant) -> bool {
        self.leases.get(&worker.0).is_some_and(|until| *until > now)
    }

    fn free(&mut self, whose: impl Fn(&Self, WorkerId) -> bool) -> usize {
        let owned = |(id, row): (&Uuid, &Row)| row.place.is_live().then_some((*id, row.owner?));
        let owned: Vec<(Uuid, WorkerId)> = self.sagas.iter().filter_map(owned).collect();
        let mut freed = 0;
        for (id, owner) in owned {
            if whose(self, owner)
                && let Some(row) = self.sagas.get_mut(&id)
            {
                row.owner = None;
                row.epoch += 1;
                freed += 1;
            }
        }
        freed
    }

    fn holds(&self, fence: &Fence, worker: WorkerId, now: Instant, owner_alone: bool) -> bool {
        self.has_lease(worker, now)
            && self.sagas.get(&fence.id).is_some_and(|row| {
                row.owner == Some(worker)
                    && (owner_alone || row.epoch == fence.epoch && row.entries == fence.entries)
            })
    }

    fn write(&mut self, transition: &Transition, now: Instant) {
        let (fence, advance) = transition;
        let Some(row) = self.sagas.get_mut(&fence.id) else {
            return;
        };
        if row.place.has_ended() {
            self.changed_after_end.push(fence.id);
        }
        let to = &advance.snapshot;
        row.place = to.place;
        row.state = to.state.clone();
        row.rejection.clone_from(&to.rejection);
        row.last_error.clone_from(&to.last_error);
        row.entries = to.entries;
        row.updated = now;
        if let Some(pause) = advance.pause {
            row.next_attempt = now + pause;
        }
        if !to.place.is_live() || advance.pause.is_some() {
            row.owner = None;
        }
        if advance.moved {
            row.step_began = now;
        }
    }
}

impl Row {
    fn snapshot(&self, id: Uuid, definition: Arc<ErasedDefinition>) -> Snapshot {
        Snapshot {
            id: SagaId(id),
            definition,
            subject: None,
            place: self.place,
            state: self.state.clone(),
            rejection: self.rejection.clone(),
            last_error: self.last_error.clone(),
            traceparent: None,
            epoch: self.epoch,
            entries: self.entries,
            step_began: self.step_began,
        }
    }
}

/// The database, as one process sees it.
pub(super) struct ProcessStore {
    database: Database,
    registry: Registry,
    gate: Gate,
}

impl ProcessStore {
    pub(super) fn new(database: Database, registry: Registry, gate: Gate) -> Self {
        Self {
            database,
            registry,
            gate,
        }
    }

    /// Sends a statement over, has it done there, and brings its answer back; each of which may fail.
    async fn ask<T>(
        &self,
        statement: impl FnOnce(&mut Tables, Instant) -> Result<T, DatabaseError> + Send,
    ) -> Result<T, DatabaseError>
    where
        T: Send,
    {
        self.gate.pass().await;
        let chance = &self.database.chance;
        let delay = if chance.fault(0.03) { 1_500 } else { 4 };
        chance.time.sleep(chance.milliseconds(0, delay)).await;
        if self.database.is_out() || chance.fault(0.03) {
            self.gate.pass().await;
            return Err(DatabaseError::BrokenTransactionManager);
        }
        let answer = statement(&mut self.database.lock(), chance.time.now());
        chance.time.sleep(chance.milliseconds(0, 4)).await;
        self.gate.pass().await;
        if chance.fault(0.03) {
            return Err(DatabaseError::BrokenTransactionManager);
        }
        answer
    }

    /// Writes a new saga in the name of a worker, and tells it as the worker would see it.
    pub(super) async fn insert(
        &self,
        id: Uuid,
        name: &'static str,
        owner: Option<WorkerId>,
    ) -> Result<Vec<Snapshot>, DatabaseError> {
        let Some(definition) = self.registry.get(name, 1) else {
            return Ok(Vec::new());
        };
        self.ask(|tables, now| {
            let row = Row {
                definition: name,
                place: Place::start(),
                state: Arc::default(),
                rejection: None,
                last_error: None,
                owner,
                epoch: 1,
                entries: 1,
                next_attempt: now,
                step_began: now,
                updated: now,
            };
            let snapshot = row.snapshot(id, Arc::clone(definition));
            tables.sagas.insert(id, row);
            Ok(vec![snapshot])
        })
        .await
    }

    fn say_written(&self, worker: WorkerId, (fence, advance): &Transition) {
        let place = advance.snapshot.place;
        let pause = advance
            .pause
            .map(|pause| format!(", pausing {} ms", pause.as_millis()));
        self.database.chance.say(&format!(
            "{} {} at step {}, epoch {}, entry {}{} (worker {:.4})",
            fence.id,
            place.status,
            place.position,
            fence.epoch,
            fence.entries,
            pause.unwrap_or_default(),
            worker.to_string(),
        ));
    }

    fn select(
        &self,
        tables: &Tables,
        which: impl Fn(&Row) -> bool,
        ids: impl Iterator<Item = Uuid>,
    ) -> Vec<Snapshot> {
        let snapshot = |id: Uuid| {
            let row = tables.sagas.get(&id).filter(|row| which(row))?;
            let definition = self.registry.get(row.definition, 1)?;
            Some(row.snapshot(id, Arc::clone(definition)))
        };
        ids.filter_map(snapshot).collect()
    }
}

#[async_trait]
impl Store for ProcessStore {
    async fn renew_lease(&self, worker: WorkerId, ttl: Duration) -> Result<bool, JournalError> {
        let renewed = self.ask(|tables, now| {
            let lapsed = tables.leases.get(&worker.0).is_some_and(|until| *until <= now);
            if !lapsed {
                tables.leases.insert(worker.0, now + ttl);
            }
            Ok(!lapsed)
        });
        renewed.await.map_err(JournalError::Lease)
    }

    async fn give_up_lease(&self, worker: WorkerId) -> Result<usize, JournalError> {
        let freed = self.ask(|tables, _| {
            tables.leases.remove(&worker.0);
            Ok(tables.free(|_, owner| owner == worker))
        });
        freed.await.map_err(JournalError::Lease)
    }

    async fn free_sagas_of_dead_workers(&self) -> Result<usize, JournalError> {
        let chance = &self.database.chance;
        let freed = self.ask(|tables, now| {
            if chance.has(Flaw::NoTakeover) {
                return Ok(0);
            }
            Ok(tables.free(|tables, owner| !tables.has_lease(owner, now)))
        });
        freed.await.map_err(JournalError::Lease)
    }

    async fn claim(&self, worker: WorkerId, most: usize) -> Result<Vec<Snapshot>, JournalError> {
        let claimed = self.ask(|tables, now| {
            if !tables.has_lease(worker, now) {
                return Ok(Vec::new());
            }
            let due = |row: &&mut Row| row.owner.is_none() && row.place.is_live() && row.next_attempt <= now;
            let mut taken = Vec::new();
            for (id, row) in &mut tables.sagas {
                if due(&row) && taken.len() < most {
                    row.owner = Some(worker);
                    row.epoch += 1;
                    row.updated = now;
                    taken.push(*id);
                }
            }
            Ok(self.select(tables, |_| true, taken.into_iter()))
        });
        claimed.await.map_err(JournalError::Claim)
    }

    async fn next_due(&self) -> Result<Option<Duration>, JournalError> {
        let due = self.ask(|tables, now| {
            let waiting = tables
                .sagas
                .values()
                .filter(|row| row.owner.is_none() && row.place.is_live());
            let next = waiting.map(|row| row.next_attempt).min();
            Ok(next.map(|next| next.saturating_duration_since(now)))
        });
        due.await.map_err(JournalError::Claim)
    }

    async fn reload(&self, worker: WorkerId, ids: Vec<Uuid>) -> Result<Vec<Snapshot>, JournalError> {
        let found =
            self.ask(|tables, _| Ok(self.select(tables, |row| row.owner == Some(worker), ids.into_iter())));
        found.await.map_err(JournalError::Claim)
    }

    async fn idle(&self, worker: WorkerId, since: Duration) -> Result<Vec<Snapshot>, JournalError> {
        let found = self.ask(|tables, now| {
            let idle =
                |row: &Row| row.owner == Some(worker) && row.place.is_live() && row.updated + since < now;
            Ok(self.select(tables, idle, tables.sagas.keys().copied()))
        });
        found.await.map_err(JournalError::Claim)
    }

    async fn commit(&self, worker: WorkerId, items: Vec<Item>) -> Result<Vec<Commit>, JournalError> {
        let chance = &self.database.chance;
        let commits = self.ask(|tables, now| {
            let failures =
                |item: &Item| matches!(item.happened, Happened::Unwritable(_) | Happened::Stuck(_));
            if !items.iter().any(failures) && chance.fault(0.02) {
                return Err(DatabaseError::RollbackTransaction);
            }
            let holds = |(fence, _): &Transition| {
                chance.has(Flaw::NoFence) || tables.holds(fence, worker, now, chance.has(Flaw::OwnerAlone))
            };
            let (mut held, fenced): (Vec<_>, Vec<_>) = transitions(items)?.into_iter().partition(holds);
            let mut effects = LocalEffects::default();
            // Local actions of a simulation have nothing to wait for.
            let mut transaction = Transaction::Simulated(&mut effects);
            run_local_steps(&mut transaction, &mut held, &mut Vec::new())
                .now_or_never()
                .unwrap_or(Err(DatabaseError::RollbackTransaction))?;
            number_entries(&mut held);
            for effect in effects.0 {
                *tables.local_effects.entry(effect).or_default() += 1;
            }
            for transition in &held {
                self.say_written(worker, transition);
                tables.write(transition, now);
            }
            let fenced = fenced.into_iter().map(|(fence, _)| Commit::Fenced(fence));
            let settled = held.into_iter().map(|(_, advance)| settled(advance));
            Ok(settled.chain(fenced).collect())
        });
        commits.await.map_err(JournalError::Commit)
    }
}
