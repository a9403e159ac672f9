//! The stack as its users meet it, through the public origin.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A helper that cannot go on fails its test.

mod end_to_end {
    mod bad_input;
    mod batches;
    mod bookings;
    mod catalogue;
    mod connections;
    mod contention;
    mod dead_letters;
    mod events;
    mod federated_subscriptions;
    mod feed;
    mod limits;
    mod metrics;
    mod participants;
    mod story;
    mod tokens;
}
