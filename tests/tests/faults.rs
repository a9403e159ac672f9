//! The stack while its processes are paused and killed. One test at a time: they disturb everybody.

mod faults {
    mod kills;
    mod story;
}
