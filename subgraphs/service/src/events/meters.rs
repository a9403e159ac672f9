//! What is counted of events on their way.

use chrono::Utc;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, histogram};

use super::Event;

/// Describes all of it.
pub(crate) fn describe() {
    describe_counter!(
        "outbox_published_total",
        "Events that the broker has taken, by topic"
    );
    describe_counter!("outbox_errors_total", "Times that the relay paused, by topic");
    describe_gauge!(
        "outbox_events",
        "Events that are not published yet, counted up to 10,000, by topic"
    );
    describe_gauge!(
        "outbox_oldest_seconds",
        Unit::Seconds,
        "Age of the oldest event that is not published yet, by topic"
    );
    describe_counter!("events_consumed_total", "Events taken up, by group");
    describe_histogram!(
        "events_delay_seconds",
        Unit::Seconds,
        "From an event's change to its effect, by group and topic"
    );
    describe_gauge!(
        "events_consumer_lag",
        "Records that have not taken effect yet, in the partitions of this process, by group and topic"
    );
    describe_counter!(
        "events_failures_total",
        "Times that a record could not be processed, by group and topic"
    );
    describe_counter!("events_dead_lettered_total", "Records put aside, by topic");
    describe_counter!(
        "inbox_pruned_total",
        "Taken-up events forgotten for their age, by service"
    );
}

/// So many events are taken up; the fresh ones among them had an effect.
pub(super) fn consumed(group: &'static str, events: usize, fresh: &[Event]) {
    counter!("events_consumed_total", "group" => group).increment(events as u64);
    let now = Utc::now();
    for event in fresh {
        let delay = (now - event.time).to_std().unwrap_or_default();
        histogram!("events_delay_seconds", "group" => group, "topic" => event.topic.clone())
            .record(delay.as_secs_f64());
    }
}

/// A record could not be processed, this time.
pub(super) fn failed(group: &'static str, topic: &str) {
    counter!("events_failures_total", "group" => group, "topic" => topic.to_owned()).increment(1);
}

/// What may not happen for weeks is shown from the beginning: an alert on its growth needs its zero.
pub(super) fn begin(group: &'static str, topics: &[&'static str]) {
    for topic in topics {
        counter!("events_failures_total", "group" => group, "topic" => *topic).increment(0);
        counter!("events_dead_lettered_total", "topic" => *topic).increment(0);
    }
}
