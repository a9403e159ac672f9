//! `make seed`: publishes a catalogue to play with on the running stack, through its public API. What is there already is
//! not published again.

use std::process::ExitCode;
use std::time::Instant;

use chrono::Utc;
use tests::catalogue::{Published, publish};
use tests::teller::Teller;
use tests::{Failure, Stage};

#[tokio::main]
async fn main() -> ExitCode {
    match seed().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("the catalogue is not complete: {failure:?}");
            ExitCode::FAILURE
        }
    }
}

async fn seed() -> Result<(), Failure> {
    let began = Instant::now();
    let stage = Stage::new(Teller::Silent)?;
    let operator = stage.first_operator().await?;
    let Published {
        excursions,
        departures,
        new,
    } = publish(&operator, Utc::now().date_naive()).await?;
    println!(
        "{excursions} excursions and {departures} departures, {new} of them new, in {:.1} s",
        began.elapsed().as_secs_f64()
    );
    println!("Search them in the playground: {}/", stage.stack.origin);
    Ok(())
}
