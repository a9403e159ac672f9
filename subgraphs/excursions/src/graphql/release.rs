//! `release`: a participant's command; undoes `reserve`, and cancels orders.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use service::auth::service;
use service::graphql::{CommandStatus, ErrorCode, check_batch};
use uuid::Uuid;

use super::command::told;
use super::{connection, published};
use crate::model::reservation::{Release, run};

/// Give the seats of an order back, and never take them again.
#[derive(InputObject)]
#[graphql(inaccessible)]
pub struct ReleaseCommand {
    /// The order; the command takes effect once for it.
    order_id: Uuid,
    /// The departure that its seats are on, or would have been.
    departure_id: Uuid,
}

/// What became of a release.
#[derive(SimpleObject)]
#[graphql(inaccessible)]
pub struct ReleaseOutcome {
    /// The order.
    order_id: Uuid,
    /// DONE, also where nothing had been reserved; REJECTED only where the order's seats are on another departure.
    status: CommandStatus,
    /// Why the seats are still taken, for programs.
    code: Option<ErrorCode>,
    /// Why the seats are still taken, for people.
    message: Option<String>,
}

#[derive(Default)]
pub struct ReleaseMutation;

#[Object]
impl ReleaseMutation {
    /// Gives the seats of orders back. An order without seats never gets any from then on.
    #[graphql(inaccessible)]
    async fn release(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 1,000 releases.")] commands: Vec<ReleaseCommand>,
    ) -> Result<Vec<ReleaseOutcome>> {
        service(context)?;
        check_batch(&commands)?;
        let commands: Vec<Release> = commands.iter().map(ReleaseCommand::read).collect();
        let results = run(&mut *connection(context).await?, &commands).await?;
        published(context)?;
        let outcomes = commands.iter().zip(results).map(|(command, result)| {
            let (status, code, message) = told(&result);
            ReleaseOutcome {
                order_id: command.order_id.uuid(),
                status,
                code,
                message,
            }
        });
        Ok(outcomes.collect())
    }
}

impl ReleaseCommand {
    fn read(&self) -> Release {
        Release {
            order_id: self.order_id.into(),
            departure_id: self.departure_id.into(),
        }
    }
}
