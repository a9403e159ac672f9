//! Counts seats that are taken and given back, once that is committed. A repeated command changes nothing, and is not
//! counted.

use metrics::{counter, describe_counter};

use super::SeatsMoved;

/// Describes the counters, and shows them from the beginning.
pub fn describe() {
    describe_counter!("seats_reserved_total", "Seats taken by reservations");
    describe_counter!("seats_released_total", "Seats given back by reservations");
    moved(SeatsMoved::default());
}

/// A batch was committed.
pub(super) fn moved(seats: SeatsMoved) {
    counter!("seats_reserved_total").increment(u64::from(seats.reserved.unsigned_abs()));
    counter!("seats_released_total").increment(u64::from(seats.released.unsigned_abs()));
}
