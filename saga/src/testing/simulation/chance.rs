//! All that is left to chance, from one seed; and the log of what happened.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::Flaw;
use super::time::VirtualTime;

/// What all parts of a simulation share.
#[derive(Clone)]
pub(super) struct Chance {
    pub(super) time: VirtualTime,
    seed: u64,
    flaw: Option<Flaw>,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    random: StdRng,
    faults: bool,
    log: String,
}

impl Chance {
    pub(super) fn new(seed: u64, flaw: Option<Flaw>, time: VirtualTime) -> Self {
        let inner = Inner {
            random: StdRng::seed_from_u64(seed),
            faults: true,
            log: String::new(),
        };
        Self {
            time,
            seed,
            flaw,
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    pub(super) fn has(&self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }

    /// From now on nothing goes wrong.
    pub(super) fn calm_down(&self) {
        self.lock().faults = false;
    }

    /// Whether a fault of this probability happens now.
    pub(super) fn fault(&self, probability: f64) -> bool {
        let mut inner = self.lock();
        inner.faults && inner.random.random_bool(probability)
    }

    pub(super) fn below(&self, limit: u64) -> u64 {
        self.lock().random.random_range(0..limit)
    }

    pub(super) fn milliseconds(&self, from: u64, to: u64) -> Duration {
        Duration::from_millis(self.lock().random.random_range(from..=to))
    }

    pub(super) fn generator(&self) -> StdRng {
        StdRng::seed_from_u64(self.lock().random.random())
    }

    /// A decision that is the same however often, and by whomever, it is asked for.
    pub(super) fn decides(&self, what: impl Hash, percent: u64) -> bool {
        let mut hasher = DefaultHasher::new();
        (self.seed, what).hash(&mut hasher);
        hasher.finish() % 100 < percent
    }

    pub(super) fn say(&self, line: &str) {
        let at = self.time.elapsed().as_millis();
        // Writing to a string cannot fail.
        let _written = writeln!(self.lock().log, "{at:>7} ms  {line}");
    }

    pub(super) fn take_log(&self) -> String {
        std::mem::take(&mut self.lock().log)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
