//! `quote`: a participant's command; the first step of a booking.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use chrono::{DateTime, Utc};
use service::auth::service;
use service::graphql::{CommandStatus, ErrorCode, MoneyObject, check_batch};
use uuid::Uuid;

use super::command::told;
use super::connection;
use crate::model::rejection::Rejection;
use crate::model::reservation::{Quote, Quoted, quote};

/// What would these seats cost, if they are on sale?
#[derive(InputObject)]
#[graphql(inaccessible)]
pub struct QuoteCommand {
    /// For which order.
    order_id: Uuid,
    /// On which departure.
    departure_id: Uuid,
    /// How many seats.
    seats: i32,
}

/// What seats would cost.
#[derive(SimpleObject)]
#[graphql(inaccessible)]
pub struct QuoteOutcome {
    /// The order.
    order_id: Uuid,
    /// Whether they are on sale.
    status: CommandStatus,
    /// What a seat costs.
    unit_price: Option<MoneyObject>,
    /// What all of them cost.
    total: Option<MoneyObject>,
    /// When the departure starts.
    starts_at: Option<DateTime<Utc>>,
    /// What the excursion is called.
    excursion_title: Option<String>,
    /// Why they are not on sale, for programs.
    code: Option<ErrorCode>,
    /// Why they are not on sale, for people.
    message: Option<String>,
}

#[derive(Default)]
pub struct QuoteMutation;

#[Object]
impl QuoteMutation {
    /// Tells what seats cost and whether they are on sale; not whether so many are left, which `reserve` decides.
    #[graphql(inaccessible)]
    async fn quote(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 1,000 questions.")] commands: Vec<QuoteCommand>,
    ) -> Result<Vec<QuoteOutcome>> {
        service(context)?;
        check_batch(&commands)?;
        let quotes: Vec<Quote> = commands
            .iter()
            .map(|command| Quote {
                departure_id: command.departure_id.into(),
                seats: command.seats,
            })
            .collect();
        let quoted = quote(&mut *connection(context).await?, &quotes).await?;
        let outcomes = commands.iter().zip(quoted);
        Ok(outcomes
            .map(|(command, quoted)| QuoteOutcome::new(command.order_id, quoted))
            .collect())
    }
}

impl QuoteOutcome {
    fn new(order_id: Uuid, quoted: Result<Quoted, Rejection>) -> Self {
        let (status, code, message) = told(&quoted);
        let quoted = quoted.ok();
        Self {
            order_id,
            status,
            unit_price: quoted.as_ref().map(|quoted| quoted.unit_price.into()),
            total: quoted.as_ref().map(|quoted| quoted.total.into()),
            starts_at: quoted.as_ref().map(|quoted| quoted.starts_at),
            excursion_title: quoted.map(|quoted| quoted.excursion_title),
            code,
            message,
        }
    }
}
