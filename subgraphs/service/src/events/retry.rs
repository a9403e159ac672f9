//! Which records failed, how often, and when to try them again.

use std::collections::HashMap;
use std::time::{Duration, Instant};

/// A partition of a topic.
pub(super) type Partition = (String, i32);

const MAX_ATTEMPTS: u32 = 12;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// What to do about a record that failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Hold its partition, and try it again after the pause.
    Hold(Duration),
    /// Put it aside: it was tried often enough.
    GiveUp,
}

struct Held {
    offset: i64,
    attempts: u32,
    resume_at: Instant,
}

/// The partitions that are held by a failing record.
#[derive(Default)]
pub(super) struct Retries(HashMap<Partition, Held>);

impl Retries {
    /// Counts a failure of the record at an offset.
    pub(super) fn failed(&mut self, partition: &Partition, offset: i64, now: Instant) -> Verdict {
        let attempts = self.attempts(partition, offset) + 1;
        if attempts >= MAX_ATTEMPTS {
            return Verdict::GiveUp;
        }
        Verdict::Hold(self.hold_for(partition, offset, attempts, now))
    }

    /// Holds a partition for a while without counting: its record is not to blame.
    pub(super) fn hold(&mut self, partition: &Partition, offset: i64, now: Instant) -> Duration {
        let attempts = self.attempts(partition, offset);
        self.hold_for(partition, offset, attempts, now)
    }

    fn attempts(&self, partition: &Partition, offset: i64) -> u32 {
        self.0
            .get(partition)
            .filter(|held| held.offset == offset)
            .map_or(0, |held| held.attempts)
    }

    fn hold_for(&mut self, partition: &Partition, offset: i64, attempts: u32, now: Instant) -> Duration {
        let pause = FIRST_PAUSE
            .saturating_mul(1 << attempts.saturating_sub(1))
            .min(LONGEST_PAUSE);
        self.0.insert(
            partition.clone(),
            Held {
                offset,
                attempts,
                resume_at: now + pause,
            },
        );
        pause
    }

    /// When the next held partition is due.
    pub(super) fn next_due(&self) -> Option<Instant> {
        self.0.values().map(|held| held.resume_at).min()
    }

    /// The partitions whose pause is over. Their counts stay until the record succeeds or is given up.
    pub(super) fn due(&mut self, now: Instant) -> Vec<Partition> {
        let far = now + Duration::from_secs(3_600);
        let due = self.0.iter_mut().filter(|(_, held)| held.resume_at <= now);
        due.map(|(partition, held)| {
            held.resume_at = far;
            partition.clone()
        })
        .collect()
    }

    /// Forgets the failures of a partition: its record succeeded.
    pub(super) fn succeeded(&mut self, partition: &Partition) {
        self.0.remove(partition);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn record_is_tried_again_with_growing_pauses_and_then_given_up() {
        let mut retries = Retries::default();
        let partition = ("orders.events".to_owned(), 3);
        let now = Instant::now();
        let mut last = Duration::ZERO;
        for _ in 1..MAX_ATTEMPTS {
            let Verdict::Hold(pause) = retries.failed(&partition, 7, now) else {
                panic!("gave up early")
            };
            assert!(pause > last || pause == LONGEST_PAUSE);
            last = pause;
            assert!(retries.due(now).is_empty(), "its pause is not over");
            assert_eq!(retries.due(now + pause), std::slice::from_ref(&partition));
        }
        assert_eq!(retries.failed(&partition, 7, now), Verdict::GiveUp);
    }

    #[test]
    fn outage_is_no_reason_to_give_a_record_up() {
        let mut retries = Retries::default();
        let partition = ("orders.events".to_owned(), 3);
        let now = Instant::now();
        for _ in 0..100 {
            assert!(retries.hold(&partition, 7, now) > Duration::ZERO);
        }
        assert!(matches!(retries.failed(&partition, 7, now), Verdict::Hold(_)));
        assert!(retries.next_due().is_some(), "a held partition is always resumed");
    }

    #[test]
    fn another_record_begins_anew() {
        let mut retries = Retries::default();
        let partition = ("orders.events".to_owned(), 3);
        let now = Instant::now();
        retries.failed(&partition, 7, now);
        assert_eq!(retries.failed(&partition, 8, now), Verdict::Hold(FIRST_PAUSE));
        retries.succeeded(&partition);
        assert_eq!(retries.next_due(), None);
    }
}
