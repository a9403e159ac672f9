//! From a batch of a saga's commands to the participant's, and back to outcomes.

use saga::{Command, Outcome, Rejection};
use serde::Deserialize;
use service::error_chain;
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

/// Sends a batch, and gives each command its outcome.
///
/// `about` is what each command is about, to be found again in the answer; `done` makes the new state of what the
/// participant answered.
pub(super) async fn outcomes<S, C, D, Fut>(
    batch: &[Command<S>],
    command: impl Fn(&S) -> Option<(Uuid, C)>,
    send: impl FnOnce(Vec<C>) -> Fut,
    done: impl Fn(&S, &D) -> Option<S>,
) -> Vec<Outcome<S>>
where
    Fut: Future<Output = Result<Vec<CommandOutcome<D>>, CallError>>,
{
    let commands: Vec<Option<(Uuid, C)>> = batch.iter().map(|item| command(&item.state)).collect();
    let can_be_sent: Vec<bool> = commands.iter().map(Option::is_some).collect();
    let (about, commands): (Vec<Uuid>, Vec<C>) = commands.into_iter().flatten().unzip();
    let answered = match send(commands).await {
        Ok(answered) if answered.iter().map(|outcome| outcome.about).eq(about) => Ok(answered),
        Ok(_) => Err("the participant answered something else than what it was asked".to_owned()),
        Err(error) => Err(error_chain(&error)),
    };
    let mut answers = answered.map(Vec::into_iter);
    let items = batch.iter().zip(can_be_sent);
    items
        .map(|(command, was_sent)| match &mut answers {
            _ if !was_sent => Outcome::Broken("the saga's state lacks what the step needs".to_owned()),
            Ok(answers) => answers.next().map_or_else(
                || Outcome::Failed("the participant did not answer".to_owned()),
                |answer| outcome(&command.state, answer, &done),
            ),
            Err(message) => Outcome::Failed(message.clone()),
        })
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
