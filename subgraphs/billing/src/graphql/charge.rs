//! `charge`: a participant's command; the first thing that costs money in a booking.

use async_graphql::{Context, InputObject, Object, Result, SimpleObject};
use service::auth::service;
use service::database::Pool;
use service::graphql::{CommandStatus, ErrorCode, MoneyInput, MoneyObject, check_batch};
use uuid::Uuid;

use crate::BillingSettings;
use crate::ledger::{self, Charge, ChargeResult};

/// Take the price of an order from its customer's account.
#[derive(InputObject)]
#[graphql(inaccessible)]
pub struct ChargeCommand {
    /// The order; the command takes effect once for it.
    order_id: Uuid,
    /// Who pays.
    customer_id: Uuid,
    /// The price: more than zero.
    amount: MoneyInput,
}

/// What became of a charge.
#[derive(SimpleObject)]
#[graphql(inaccessible)]
pub struct ChargeOutcome {
    /// The order.
    order_id: Uuid,
    /// Whether its price was taken.
    status: CommandStatus,
    /// What was taken.
    charged: Option<MoneyObject>,
    /// Why nothing was taken, for programs.
    code: Option<ErrorCode>,
    /// Why nothing was taken, for people.
    message: Option<String>,
}

#[derive(Default)]
pub struct ChargeMutation;

#[Object]
impl ChargeMutation {
    /// Takes the prices of orders from their customers' accounts, each on its own.
    #[graphql(inaccessible)]
    async fn charge(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "1 to 1,000 charges.")] commands: Vec<ChargeCommand>,
    ) -> Result<Vec<ChargeOutcome>> {
        service(context)?;
        check_batch(&commands)?;
        let commands: Vec<_> = commands
            .into_iter()
            .map(|command| (command.order_id, command.read()))
            .collect();
        let charges: Vec<Charge> = commands
            .iter()
            .filter_map(|(_, charge)| charge.as_ref().ok())
            .copied()
            .collect();

        let currency = context.data::<BillingSettings>()?.currency;
        let mut connection = context.data::<Pool>()?.get().await?;
        let mut results = ledger::charge(&mut connection, &charges, currency)
            .await?
            .into_iter();

        // A result for each charge that could be read, in their order.
        let outcomes = commands
            .into_iter()
            .filter_map(|(order_id, charge)| match charge {
                Err(message) => Some(ChargeOutcome::rejected(
                    order_id,
                    ErrorCode::InvalidInput,
                    message,
                )),
                Ok(_) => results.next().map(|result| ChargeOutcome::new(order_id, result)),
            });
        Ok(outcomes.collect())
    }
}

impl ChargeCommand {
    fn read(self) -> Result<Charge, String> {
        let amount = self.amount.to_money().map_err(|error| error.to_string())?;
        if amount.minor <= 0 {
            return Err("the price must be more than zero".to_owned());
        }
        Ok(Charge {
            order: self.order_id.into(),
            customer: self.customer_id.into(),
            amount,
        })
    }
}

impl ChargeOutcome {
    fn new(order_id: Uuid, result: ChargeResult) -> Self {
        match result {
            Ok(charged) => Self {
                order_id,
                status: CommandStatus::Done,
                charged: Some(charged.into()),
                code: None,
                message: None,
            },
            Err(rejection) => Self::rejected(order_id, rejection.code(), rejection.to_string()),
        }
    }

    fn rejected(order_id: Uuid, code: ErrorCode, message: String) -> Self {
        Self {
            order_id,
            status: CommandStatus::Rejected,
            charged: None,
            code: Some(code),
            message: Some(message),
        }
    }
}
