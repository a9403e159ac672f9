//! Describes what is measured of live subscriptions.

use metrics::{counter, describe_counter, describe_gauge, gauge};

/// Describes it, and shows from the beginning what may not happen for weeks: an alert on its growth needs its zero.
pub(crate) fn describe() {
    describe_gauge!("websocket_connections", "Open WebSockets");
    describe_gauge!("feed_subscribers", "Running subscriptions");
    describe_counter!(
        "feed_subscribers_cut_off_total",
        "Subscribers that were too slow, and were told to resume"
    );
    describe_counter!("feed_errors_total", "Times that the feed could not be read");
    gauge!("websocket_connections").increment(0);
    gauge!("feed_subscribers").increment(0);
    counter!("feed_subscribers_cut_off_total").increment(0);
    counter!("feed_errors_total").increment(0);
}
