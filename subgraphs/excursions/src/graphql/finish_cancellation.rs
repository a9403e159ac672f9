//! `finishCancellation`: a participant's command; ends the cancellation of a departure.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use service::auth::service;
use service::graphql::{CommandStatus, ErrorCode, check_batch};
use service::id::DepartureId;
use uuid::Uuid;

use super::command::told;
use super::{connection, published};
use crate::model::departure::finish_cancellation;

/// Call a departure cancelled: all its orders are. Its status becomes CANCELLED.
#[derive(InputObject)]
#[graphql(inaccessible)]
pub struct FinishCancellationCommand {
    /// The departure; the command takes effect once for it.
    departure_id: Uuid,
}

/// What became of a departure to be called cancelled.
#[derive(SimpleObject)]
#[graphql(inaccessible)]
pub struct FinishCancellationOutcome {
    /// The departure.
    departure_id: Uuid,
    /// Whether it is cancelled.
    status: CommandStatus,
    /// Why it is not, for programs.
    code: Option<ErrorCode>,
    /// Why it is not, for people.
    message: Option<String>,
}

#[derive(Default)]
pub struct FinishCancellationMutation;

#[Object]
impl FinishCancellationMutation {
    /// Calls departures cancelled whose orders all are. Rejected where `closeDeparture` did not come before.
    #[graphql(inaccessible)]
    async fn finish_cancellation(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 1,000 departures.")] commands: Vec<FinishCancellationCommand>,
    ) -> Result<Vec<FinishCancellationOutcome>> {
        service(context)?;
        check_batch(&commands)?;
        let ids: Vec<DepartureId> = commands
            .iter()
            .map(|command| command.departure_id.into())
            .collect();
        let results = finish_cancellation(&mut *connection(context).await?, &ids).await?;
        published(context)?;
        let outcomes = commands.iter().zip(results).map(|(command, result)| {
            let (status, code, message) = told(&result);
            FinishCancellationOutcome {
                departure_id: command.departure_id,
                status,
                code,
                message,
            }
        });
        Ok(outcomes.collect())
    }
}
