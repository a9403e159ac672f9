//! From a batch of a saga's commands to the participant's, and back to outcomes.

use saga::{Command, Outcome, Rejection};
use serde::Deserialize;
use service::{error_chain, telemetry};
use tracing::{Instrument, Span};
use uuid::Uuid;

use super::client::CallError;

/// What a participant decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum Status {
    Done,
    Rejected,
}

/// An outcome as participants write it; `details` are the command's own.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CommandOutcome<D> {
    /// The order, or the departure, that the command was about.
    #[serde(alias = "orderId", alias = "departureId")]
    pub(super) about: Uuid,
    pub(super) status: Status,
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    #[serde(flatten)]
    pub(super) details: D,
}

/// Nothing besides the decision.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(super) struct NoDetails {}

/// Sends a batch within a span of the first saga's trace, and gives each command its outcome.
///
/// `about` is what each command is about, to be found again in the answer; `done` makes the new state of what the
/// participant answered.
pub(super) async fn outcomes<S, C, D, Fut>(
    step: &'static str,
    batch: &[Command<S>],
    command: impl Fn(&S) -> Option<(Uuid, C)>,
    send: impl FnOnce(Vec<C>) -> Fut,
    done: impl Fn(&S, &D) -> Option<S>,
) -> Vec<Outcome<S>>
where
    Fut: Future<Output = Result<Vec<CommandOutcome<D>>, CallError>>,
{
    let Some(commands) = batch
        .iter()
        .map(|item| command(&item.state))
        .collect::<Option<Vec<_>>>()
    else {
        return failure(batch, "the saga's state lacks what the step needs");
    };
    let (about, commands): (Vec<Uuid>, Vec<C>) = commands.into_iter().unzip();
    let span = step_span(step, batch);
    let answered = match send(commands).instrument(span).await {
        Ok(answered) => answered,
        Err(error) => {
            return failure(batch, &error_chain(&error));
        }
    };
    if answered.iter().map(|outcome| outcome.about).ne(about) {
        return failure(
            batch,
            "the participant answered something else than what it was asked",
        );
    }
    batch
        .iter()
        .zip(answered)
        .map(|(command, answer)| outcome(&command.state, answer, &done))
        .collect()
}

fn outcome<S, D>(state: &S, answer: CommandOutcome<D>, done: impl Fn(&S, &D) -> Option<S>) -> Outcome<S> {
    match answer.status {
        Status::Done => done(state, &answer.details).map_or_else(
            || Outcome::Failed("the participant's answer is incomplete".to_owned()),
            Outcome::Done,
        ),
        Status::Rejected => Outcome::Rejected(Rejection {
            code: answer.code.unwrap_or_else(|| "CONFLICT".to_owned()),
            message: answer
                .message
                .unwrap_or_else(|| "the participant refused".to_owned()),
        }),
    }
}

fn failure<S>(batch: &[Command<S>], message: &str) -> Vec<Outcome<S>> {
    vec![message; batch.len()]
        .into_iter()
        .map(|message| Outcome::Failed(message.to_owned()))
        .collect()
}

/// The span of a step, in the trace that its first saga began in.
fn step_span<S>(step: &'static str, batch: &[Command<S>]) -> Span {
    let first = batch.first();
    let span = tracing::info_span!(
        "saga step",
        otel.name = format!("saga {step}"),
        otel.kind = "client",
        saga.step = step,
        saga.id = first.map(|command| command.saga.to_string()),
        saga.batch = batch.len(),
        saga.attempts = first.map(|command| command.attempts),
    );
    if let Some(traceparent) = first.and_then(|command| command.traceparent.as_deref()) {
        telemetry::continue_trace(&span, traceparent);
    }
    span
}
