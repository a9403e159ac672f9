//! Sagas of some steps at a participant that does nothing: what the orchestrator itself costs.

use std::time::Duration;

use async_trait::async_trait;
use diesel_async::AsyncConnection;
use saga::{Action, Command, Definition, NewSaga, Outcome, Registry, SagaId, Step, WorkerSettings};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::engine::{Databases, Engine};
use crate::load::{self, Measurement};

const NAME: &str = "chain";
const STEPS: [&str; 9] = [
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
];
/// Started in one transaction.
const BLOCK: usize = 50;
const BLOCKS: usize = 16;

#[derive(Clone, Serialize, Deserialize)]
struct Link {
    text: String,
}

struct Nothing;

#[async_trait]
impl Action<Link> for Nothing {
    async fn run(&self, batch: &[Command<Link>]) -> Vec<Outcome<Link>> {
        batch
            .iter()
            .map(|command| Outcome::Done(command.state.clone()))
            .collect()
    }
}

fn definition(steps: usize) -> Definition<Link> {
    let first = Definition::new(NAME, 1, Step::new(STEPS[0], Nothing).undone_by(Nothing));
    STEPS[1..steps].iter().fold(first, |definition, name| {
        definition.then(Step::new(name, Nothing).undone_by(Nothing))
    })
}

/// Sagas of so many steps a second; a latency is that of a block of sagas.
///
/// # Errors
/// The database's.
pub async fn run(databases: &Databases, steps: usize, duration: Duration) -> Result<Measurement, Error> {
    let registry = Registry::default().with(definition(steps));
    let (engine, running) = Engine::over(databases, registry, WorkerSettings::default())?;
    let ask = {
        let engine = engine.clone();
        move || start_block(engine.clone())
    };
    let (blocks, _) = load::run(BLOCKS, Duration::from_secs(1), duration, ask).await?;
    running.stop().await?;
    Ok(blocks.times(BLOCK as f64))
}

async fn start_block(engine: Engine) -> Result<(), Error> {
    let state = Link {
        text: "what a saga knows of its subject: some ids, a price, a time; a hundred bytes or so".to_owned(),
    };
    let sagas: Result<Vec<NewSaga>, _> = (0..BLOCK)
        .map(|_| NewSaga::new(SagaId::new(), (NAME, 1, STEPS[0]), &state))
        .collect();
    let sagas = sagas?;
    let ends: Vec<_> = sagas.iter().map(|saga| engine.sagas().end_of(saga.id)).collect();
    let started = engine
        .pool()
        .get()
        .await?
        .transaction(async |connection| engine.sagas().start(connection, sagas).await)
        .await?;
    engine.sagas().drive(started);
    for end in ends {
        end.await?;
    }
    Ok(())
}
