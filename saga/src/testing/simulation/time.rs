//! Virtual time: it stands still while anything can run, and jumps to the next deadline when nothing can.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};

#[derive(Clone)]
pub(super) struct VirtualTime(Arc<Mutex<Timers>>);

struct Timers {
    start: Instant,
    now: Instant,
    next_key: u64,
    /// Who sleeps until when; the key tells sleepers of one moment apart, first come, first woken.
    sleepers: BTreeMap<(Instant, u64), Waker>,
}

impl VirtualTime {
    pub(super) fn new() -> Self {
        let start = Instant::now();
        Self(Arc::new(Mutex::new(Timers {
            start,
            now: start,
            next_key: 0,
            sleepers: BTreeMap::new(),
        })))
    }

    /// One thread, whose idle moments are when time goes on.
    pub(super) fn runtime(&self) -> std::io::Result<Runtime> {
        let time = self.clone();
        Builder::new_current_thread()
            .on_thread_park(move || time.jump())
            .build()
    }

    pub(super) fn now(&self) -> Instant {
        self.lock().now
    }

    /// Since the simulation began.
    pub(super) fn elapsed(&self) -> Duration {
        let timers = self.lock();
        timers.now - timers.start
    }

    pub(super) fn sleep_until(&self, deadline: Instant) -> Sleep {
        Sleep {
            time: self.clone(),
            deadline,
            key: None,
        }
    }

    pub(super) fn sleep(&self, length: Duration) -> Sleep {
        self.sleep_until(self.now() + length)
    }

    fn jump(&self) {
        let woken = {
            let mut timers = self.lock();
            let Some((next, _)) = timers.sleepers.first_key_value() else {
                return;
            };
            let next = next.0;
            timers.now = timers.now.max(next);
            let later = timers.sleepers.split_off(&(next, u64::MAX));
            std::mem::replace(&mut timers.sleepers, later)
        };
        woken.into_values().for_each(Waker::wake);
    }

    fn lock(&self) -> MutexGuard<'_, Timers> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Sleep {
    time: VirtualTime,
    deadline: Instant,
    key: Option<(Instant, u64)>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let time = self.time.clone();
        let mut timers = time.lock();
        if timers.now >= self.deadline {
            return Poll::Ready(());
        }
        let key = self.key.unwrap_or_else(|| {
            timers.next_key += 1;
            (self.deadline, timers.next_key)
        });
        self.key = Some(key);
        timers.sleepers.insert(key, context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            self.time.lock().sleepers.remove(&key);
        }
    }
}
