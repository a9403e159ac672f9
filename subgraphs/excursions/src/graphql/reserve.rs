//! `reserve`: a participant's command; takes seats for orders.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use service::auth::service;
use service::graphql::{CommandStatus, ErrorCode, MoneyInput, check_batch};
use uuid::Uuid;

use super::command::told;
use super::{connection, published};
use crate::model::reservation::{Reserve, run};

/// Take seats for an order, at the price that was quoted.
#[derive(InputObject)]
#[graphql(inaccessible)]
pub struct ReserveCommand {
    /// The order; the command takes effect once for it.
    order_id: Uuid,
    /// On which departure.
    departure_id: Uuid,
    /// How many seats.
    seats: i32,
    /// What was quoted for each.
    unit_price: MoneyInput,
}

/// What became of a reservation.
#[derive(SimpleObject)]
#[graphql(inaccessible)]
pub struct ReserveOutcome {
    /// The order.
    order_id: Uuid,
    /// Whether its seats are taken.
    status: CommandStatus,
    /// Why they are not, for programs.
    code: Option<ErrorCode>,
    /// Why they are not, for people.
    message: Option<String>,
}

#[derive(Default)]
pub struct ReserveMutation;

#[Object]
impl ReserveMutation {
    /// Takes seats for orders, each on its own: one that does not fit does not hinder a smaller one after it.
    #[graphql(inaccessible)]
    async fn reserve(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 1,000 reservations.")] commands: Vec<ReserveCommand>,
    ) -> Result<Vec<ReserveOutcome>> {
        service(context)?;
        check_batch(&commands)?;
        let commands: Vec<Reserve> = commands.iter().map(ReserveCommand::read).collect();
        let results = run(&mut *connection(context).await?, &commands).await?;
        published(context)?;
        let outcomes = commands.iter().zip(results).map(|(command, result)| {
            let (status, code, message) = told(&result);
            ReserveOutcome {
                order_id: command.order_id.uuid(),
                status,
                code,
                message,
            }
        });
        Ok(outcomes.collect())
    }
}

impl ReserveCommand {
    fn read(&self) -> Reserve {
        Reserve {
            order_id: self.order_id.into(),
            departure_id: self.departure_id.into(),
            seats: self.seats,
            unit_price: self.unit_price.to_money().ok(),
        }
    }
}
