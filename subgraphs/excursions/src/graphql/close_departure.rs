//! `closeDeparture`: a participant's command; begins the cancellation of a departure.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use service::auth::service;
use service::graphql::{CommandStatus, ErrorCode, check_batch};
use service::id::DepartureId;
use uuid::Uuid;

use super::command::told;
use super::{connection, published};
use crate::model::departure::close;

/// Close a departure for good: its status becomes CANCELLING.
#[derive(InputObject)]
#[graphql(inaccessible)]
pub struct CloseDepartureCommand {
    /// The departure; the command takes effect once for it.
    departure_id: Uuid,
}

/// What became of a departure to be closed.
#[derive(SimpleObject)]
#[graphql(inaccessible)]
pub struct CloseDepartureOutcome {
    /// The departure.
    departure_id: Uuid,
    /// Whether it is closed.
    status: CommandStatus,
    /// Why it is not, for programs.
    code: Option<ErrorCode>,
    /// Why it is not, for people.
    message: Option<String>,
}

#[derive(Default)]
pub struct CloseDepartureMutation;

#[Object]
impl CloseDepartureMutation {
    /// Closes departures for good. Once this is answered, nothing new is reserved on them.
    #[graphql(inaccessible)]
    async fn close_departure(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 1,000 departures.")] commands: Vec<CloseDepartureCommand>,
    ) -> Result<Vec<CloseDepartureOutcome>> {
        service(context)?;
        check_batch(&commands)?;
        let ids: Vec<DepartureId> = commands
            .iter()
            .map(|command| command.departure_id.into())
            .collect();
        let results = close(&mut *connection(context).await?, &ids).await?;
        published(context)?;
        let outcomes = commands.iter().zip(results).map(|(command, result)| {
            let (status, code, message) = told(&result);
            CloseDepartureOutcome {
                departure_id: command.departure_id,
                status,
                code,
                message,
            }
        });
        Ok(outcomes.collect())
    }
}
