//! How far a consumer is behind: what its client tells of the partitions that it has.

use std::collections::BTreeMap;

use rdkafka::ClientContext;
use rdkafka::consumer::ConsumerContext;
use rdkafka::statistics::{Partition, Statistics};

/// Milliseconds, as the client's setting `statistics.interval.ms` has it.
pub(super) const INTERVAL_MS: &str = "5000";

/// Shows the lag of a member of a group; that of the group is the sum over its members.
pub(super) struct LagMeter {
    pub(super) group: &'static str,
}

impl ClientContext for LagMeter {
    fn stats(&self, statistics: Statistics) {
        for (topic, lag) in by_topic(&statistics) {
            metrics::gauge!("events_consumer_lag", "group" => self.group, "topic" => topic).set(lag as f64);
        }
    }
}

impl ConsumerContext for LagMeter {}

/// Topics of which the member has no partition at present are among them, with none.
fn by_topic(statistics: &Statistics) -> BTreeMap<String, i64> {
    let topics = statistics.topics.iter();
    topics
        .map(|(name, topic)| {
            let mine = topic.partitions.values().filter(|partition| partition.desired);
            (name.clone(), mine.map(lag).sum())
        })
        .collect()
}

/// Records behind the last one that took effect. A group that never stored anything has all of them before it.
fn lag(partition: &Partition) -> i64 {
    [partition.consumer_lag, partition.consumer_lag_stored]
        .into_iter()
        .filter(|lag| *lag >= 0)
        .min()
        .unwrap_or_else(|| (partition.hi_offset - partition.lo_offset.max(0)).max(0))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use rdkafka::statistics::Topic;

    use super::*;

    fn partition(desired: bool, lag: i64, lag_stored: i64, offsets: (i64, i64)) -> Partition {
        Partition {
            desired,
            consumer_lag: lag,
            consumer_lag_stored: lag_stored,
            lo_offset: offsets.0,
            hi_offset: offsets.1,
            ..Partition::default()
        }
    }

    fn topic(partitions: Vec<Partition>) -> Topic {
        Topic {
            partitions: (0..).zip(partitions).collect(),
            ..Topic::default()
        }
    }

    #[test]
    fn lag_is_what_has_not_taken_effect_in_the_partitions_of_this_member() {
        const UNKNOWN: i64 = -1_001;
        let statistics = Statistics {
            topics: HashMap::from([
                (
                    "orders.events".to_owned(),
                    topic(vec![
                        // Stored, not committed yet.
                        partition(true, 30, 4, (0, 100)),
                        // Committed by an earlier run, nothing stored since.
                        partition(true, 3, -1, (0, 100)),
                        // Never anything.
                        partition(true, -1, -1, (10, 60)),
                        // Nothing known yet.
                        partition(true, -1, -1, (UNKNOWN, UNKNOWN)),
                        // Another member's.
                        partition(false, 1_000, 1_000, (0, 1_000)),
                    ]),
                ),
                (
                    "users.events".to_owned(),
                    topic(vec![partition(false, 9, 9, (0, 9))]),
                ),
            ]),
            ..Statistics::default()
        };
        let expected = [("orders.events".to_owned(), 57), ("users.events".to_owned(), 0)];
        assert_eq!(by_topic(&statistics), expected.into());
    }
}
