//! Load: clients that each wait for their answer before they ask again.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::Error;

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Measurement {
    /// Ended a second.
    pub rate: f64,
    latencies: Vec<Duration>,
}

impl Measurement {
    /// A rate, and how long each took.
    #[must_use]
    pub fn new(rate: f64, mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        Self { rate, latencies }
    }

    /// How many there were.
    #[must_use]
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.latencies.len()
    }

    /// The same, where each was so many.
    #[must_use]
    pub fn times(mut self, many: f64) -> Self {
        self.rate *= many;
        self
    }

    /// How long this share of all took, at most.
    #[must_use]
    pub fn percentile(&self, share: f64) -> Duration {
        let last = self.latencies.len().saturating_sub(1);
        let index = (share * last as f64).round() as usize;
        self.latencies.get(index).copied().unwrap_or_default()
    }
}

/// Runs clients for a while, after a while that does not count; and how many asked in all.
///
/// # Errors
/// A client's.
pub async fn run<F, Fut>(
    clients: usize,
    warm_up: Duration,
    duration: Duration,
    ask: F,
) -> Result<(Measurement, usize), Error>
where
    F: Fn() -> Fut + Clone + Send + 'static,
    Fut: Future<Output = Result<(), Error>> + Send,
{
    let begin = Instant::now() + warm_up;
    let end = begin + duration;
    let mut tasks = JoinSet::new();
    for _ in 0..clients {
        let ask = ask.clone();
        tasks.spawn(async move {
            let (mut latencies, mut asked) = (Vec::new(), 0);
            loop {
                let began = Instant::now();
                if began >= end {
                    return Ok::<_, Error>((latencies, asked));
                }
                ask().await?;
                asked += 1;
                let ended = Instant::now();
                if (begin..end).contains(&ended) {
                    latencies.push(ended - began);
                }
            }
        });
    }
    let (mut latencies, mut asked) = (Vec::new(), 0);
    while let Some(task) = tasks.join_next().await {
        let (of_task, by_task) = task??;
        latencies.extend(of_task);
        asked += by_task;
    }
    let rate = latencies.len() as f64 / duration.as_secs_f64();
    Ok((Measurement::new(rate, latencies), asked))
}
