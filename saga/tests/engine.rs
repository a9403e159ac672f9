//! The engine against a real PostgreSQL. `TEST_DATABASE_URL` is an administrator's URL; `make test` sets it.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A helper that cannot go on fails its test.

#[path = "engine/database.rs"]
mod database;
#[path = "engine/support.rs"]
mod support;

#[path = "engine/compensation.rs"]
mod compensation;
#[path = "engine/fencing.rs"]
mod fencing;
#[path = "engine/local_steps.rs"]
mod local_steps;
#[path = "engine/operator.rs"]
mod operator;
#[path = "engine/progress.rs"]
mod progress;
#[path = "engine/retention.rs"]
mod retention;
#[path = "engine/traces.rs"]
mod traces;
