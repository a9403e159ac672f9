//! `refund`: a participant's command; undoes `charge`, and cancels orders.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use service::auth::service;
use service::database::Pool;
use service::graphql::{CommandStatus, ErrorCode, MoneyObject, check_batch};
use service::id::OrderId;
use uuid::Uuid;

use crate::ledger;

/// Give back what was charged for an order, and never charge it again.
#[derive(InputObject)]
#[graphql(inaccessible)]
pub struct RefundCommand {
    /// The order; the command takes effect once for it.
    order_id: Uuid,
}

/// What became of a refund.
#[derive(SimpleObject)]
#[graphql(inaccessible)]
pub struct RefundOutcome {
    /// The order.
    order_id: Uuid,
    /// Always DONE.
    status: CommandStatus,
    /// What was given back; null where nothing had been charged.
    refunded: Option<MoneyObject>,
    /// Always null.
    code: Option<ErrorCode>,
    /// Always null.
    message: Option<String>,
}

#[derive(Default)]
pub struct RefundMutation;

#[Object]
impl RefundMutation {
    /// Gives back what was charged for orders. One that was not charged yet never will be.
    #[graphql(inaccessible)]
    async fn refund(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 1,000 refunds.")] commands: Vec<RefundCommand>,
    ) -> Result<Vec<RefundOutcome>> {
        service(context)?;
        check_batch(&commands)?;
        let orders: Vec<OrderId> = commands.iter().map(|command| command.order_id.into()).collect();
        let mut connection = context.data::<Pool>()?.get().await?;
        let results = ledger::refund(&mut connection, &orders).await?;
        let outcomes = commands
            .iter()
            .zip(results)
            .map(|(command, refunded)| RefundOutcome {
                order_id: command.order_id,
                status: CommandStatus::Done,
                refunded: refunded.map(MoneyObject::from),
                code: None,
                message: None,
            });
        Ok(outcomes.collect())
    }
}
