//! The stack while its processes are paused and killed. One test at a time: they disturb everybody.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A helper that cannot go on fails its test.

mod faults {
    mod chaos;
    mod kills;
    mod partial_answers;
    mod replicas;
    mod story;
    mod takeover;
}
