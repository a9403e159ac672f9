//! Billing on a real PostgreSQL, through its schema.

#![allow(clippy::unwrap_used)] // A helper that finds nothing fails its test.

mod integration {
    mod account;
    mod audit;
    mod charge;
    mod concurrency;
    mod constraints;
    mod deposit;
    mod harness;
    mod meters;
    mod migrations;
    mod refund;
    mod registration;
}
