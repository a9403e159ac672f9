//! `excursions`: the five services, and what it takes to run them, in one binary.

mod access;
mod audit;
mod command;
mod databases;
mod dead_letters;
mod gateway;
mod health;
mod keys;
mod migrate;
mod open_files;
mod outbox;
mod rewind;
mod sagas;
mod serve;
mod span;
mod table;

use std::process::ExitCode;

use clap::Parser;

use command::Command;
use mimalloc::MiMalloc;

/// Batches are made of many small pieces: with the C library's allocator nearly a third of our time went into it.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    match Command::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("excursions: {}", service::error_chain(error.as_ref()));
            ExitCode::FAILURE
        }
    }
}
