//! When a failed attempt is tried again.

use std::time::Duration;

/// Exponential backoff with full jitter, until a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The pause after the first failure, at most.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// Since the step began. A failure after it spends the policy.
    pub deadline: Duration,
}

impl RetryPolicy {
    /// For actions: quick, then given up, so that a customer is not kept waiting for long.
    #[must_use]
    pub const fn action() -> Self {
        Self {
            first_pause: Duration::from_millis(50),
            longest_pause: Duration::from_secs(2),
            deadline: Duration::from_secs(30),
        }
    }

    /// For compensations, and for steps that must succeed: patient, since giving up needs a person.
    #[must_use]
    pub const fn compensation() -> Self {
        Self {
            first_pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(30),
            deadline: Duration::from_secs(3_600),
        }
    }

    /// The pause before the next attempt, or nothing where the policy is spent. `jitter` lies in `0.0..1.0`.
    #[must_use]
    pub fn pause(&self, attempts: u32, elapsed: Duration, jitter: f64) -> Option<Duration> {
        if elapsed >= self.deadline {
            return None;
        }
        let ceiling = self
            .first_pause
            .saturating_mul(1 << attempts.min(16))
            .min(self.longest_pause);
        // Never none at all: a saga in a tight loop would hammer whoever is down.
        Some(ceiling.mul_f64(0.5 + jitter / 2.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_until_the_deadline() {
        let policy = RetryPolicy::action();
        assert_eq!(
            policy.pause(0, Duration::ZERO, 1.0),
            Some(Duration::from_millis(50))
        );
        assert_eq!(
            policy.pause(3, Duration::ZERO, 1.0),
            Some(Duration::from_millis(400))
        );
        assert_eq!(
            policy.pause(99, Duration::ZERO, 0.0),
            Some(Duration::from_secs(1))
        );
        assert_eq!(policy.pause(1, policy.deadline, 0.5), None);
    }
}
