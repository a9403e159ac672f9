//! Sagas that wait for a step to be run, by step.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::definition::{Doing, ErasedAction};
use crate::journal::Snapshot;
use crate::state::Direction;

/// A step of a definition, in a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lane {
    definition: &'static str,
    version: i32,
    position: usize,
    direction: Direction,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Snapshot>,
    batches_out: usize,
}

/// A batch that goes to a participant.
pub(super) struct Batch {
    pub(super) lane: Lane,
    pub(super) action: Arc<dyn ErasedAction>,
    pub(super) sagas: Vec<Snapshot>,
}

/// The lanes of a worker.
#[derive(Default)]
pub(super) struct Lanes(BTreeMap<Lane, Queue>);

impl Lanes {
    /// Puts a saga whose next step is a participant's into its lane.
    pub(super) fn push(&mut self, saga: Snapshot) {
        let lane = Lane {
            definition: saga.definition.name,
            version: saga.definition.version,
            position: saga.place.position,
            direction: saga.place.direction,
        };
        self.0.entry(lane).or_default().waiting.push_back(saga);
    }

    /// The batches that may go out now.
    pub(super) fn take_batches(&mut self, bound: Bound, batches_per_step: usize) -> Vec<Batch> {
        let mut batches = Vec::new();
        for (lane, queue) in &mut self.0 {
            while queue.batches_out < batches_per_step && !queue.waiting.is_empty() {
                let count = batch_length(&queue.waiting, bound);
                let sagas: Vec<Snapshot> = queue.waiting.drain(..count).collect();
                // Only sagas whose step is a participant's are put into lanes.
                let Some(Doing::Remote(action)) = sagas[0].due() else {
                    continue;
                };
                let action = Arc::clone(action);
                queue.batches_out += 1;
                batches.push(Batch {
                    lane: *lane,
                    action,
                    sagas,
                });
            }
        }
        batches
    }

    /// A batch has come back.
    pub(super) fn returned(&mut self, lane: Lane) {
        if let Some(queue) = self.0.get_mut(&lane) {
            queue.batches_out -= 1;
        }
    }

    /// Drops all that waits.
    pub(super) fn clear(&mut self) {
        for queue in self.0.values_mut() {
            queue.waiting.clear();
        }
    }
}

/// How much goes into one batch.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    pub(super) sagas: usize,
    pub(super) bytes: usize,
}

impl Bound {
    /// How many sagas of these sizes, from the first on, fit into a batch: one at least.
    pub(super) fn fitting(self, sizes: impl Iterator<Item = usize>) -> usize {
        let mut bytes = 0_usize;
        let fits = |size: &usize| {
            bytes = bytes.saturating_add(*size);
            bytes <= self.bytes
        };
        sizes.take(self.sagas).take_while(fits).count().max(1)
    }
}

/// A saga that failed more than once goes alone: should it be what makes its batch fail, its neighbours get on.
fn batch_length(waiting: &VecDeque<Snapshot>, bound: Bound) -> usize {
    let healthy = waiting.iter().take_while(|saga| saga.place.attempts <= 1);
    bound.fitting(healthy.map(Snapshot::bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batch_is_bound_by_sagas_and_by_bytes_and_never_empty() {
        let bound = Bound { sagas: 3, bytes: 100 };
        assert_eq!(bound.fitting([10; 9].into_iter()), 3);
        assert_eq!(bound.fitting([50, 50, 1].into_iter()), 2);
        assert_eq!(bound.fitting([1_000, 1].into_iter()), 1);
    }
}
