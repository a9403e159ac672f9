//! The stack as its users meet it, through the public origin.

mod end_to_end {
    mod bad_input;
    mod bookings;
    mod contention;
    mod events;
    mod feed;
    mod participants;
    mod story;
    mod tokens;
}
