//! The commands of the shell, run as an operator runs them: the binary, with its settings in the environment, on real
//! databases and a real broker.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A helper that cannot go on fails its test.

#[path = "shell/support.rs"]
mod support;
#[path = "shell/topic.rs"]
mod topic;

#[path = "shell/access.rs"]
mod access;
#[path = "shell/audit.rs"]
mod audit;
#[path = "shell/dead_letters.rs"]
mod dead_letters;
#[path = "shell/health.rs"]
mod health;
#[path = "shell/keys.rs"]
mod keys;
#[path = "shell/migrate.rs"]
mod migrate;
#[path = "shell/outbox.rs"]
mod outbox;
#[path = "shell/rewind.rs"]
mod rewind;
#[path = "shell/sagas.rs"]
mod sagas;
