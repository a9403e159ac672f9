//! `make demo`: tells the story on the running stack, and ends with an error where anything is not as told.

use std::process::ExitCode;
use std::time::Instant;

use tests::audit::audit;
use tests::stack::Service;
use tests::teller::Teller;
use tests::{Failure, Stage, story};

#[tokio::main]
async fn main() -> ExitCode {
    let told = tokio::select! {
        told = tell() => told,
        // What is paused goes on when the story is dropped.
        _ = tokio::signal::ctrl_c() => return ExitCode::from(130),
    };
    match told {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("\nnot as told: {failure:?}");
            ExitCode::FAILURE
        }
    }
}

async fn tell() -> Result<(), Failure> {
    let began = Instant::now();
    let stage = Stage::new(Teller::aloud())?;
    for service in Service::ALL {
        // A demo that was killed may have left one paused.
        stage.process(service)?.go_on()?;
    }
    stage.tell.text(format!(
        "The story of the {family}s, on {origin}. Another run has other people, excursions and keys.",
        family = stage.family,
        origin = stage.stack.origin,
    ));
    story::play(&stage).await?;
    stage.tell.heading("In the end");
    stage.tell.line("audit", audit(&stage.stack).await?);
    let seconds = began.elapsed().as_secs_f64();
    stage
        .tell
        .text(format!("\nAll eight points are as told, in {seconds:.1} s."));
    Ok(())
}
