//! Billing's commands: charge an order's price, refund what was charged.

use std::sync::Arc;

use async_trait::async_trait;
use saga::{Action, Command, Outcome};
use serde::{Deserialize, Serialize};
use service::money::Money;
use uuid::Uuid;

use super::Participants;
use super::call::{NoDetails, outcomes};

const CHARGE: &str = "mutation Charge($commands: [ChargeCommand!]!) {
    outcomes: charge(commands: $commands) { orderId status code message } }";
const REFUND: &str = "mutation Refund($commands: [RefundCommand!]!) {
    outcomes: refund(commands: $commands) { orderId status code message refunded { amount currency } } }";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ChargeCommand {
    order_id: Uuid,
    customer_id: Uuid,
    amount: Money,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RefundCommand {
    order_id: Uuid,
}

#[derive(Deserialize)]
struct Refunded {
    refunded: Option<Money>,
}

/// What a saga's state says to be charged.
pub trait Charged: Clone + Send + Sync + 'static {
    /// Which order, whose account, how much; nothing where there is no quote yet.
    fn charge(&self) -> Option<(Uuid, Uuid, Money)>;
}

/// What a saga's state says to be refunded.
pub trait Refundable: Clone + Send + Sync + 'static {
    /// Which order.
    fn order(&self) -> Uuid;
    /// The state once it is refunded; nothing was, where nothing had been charged.
    fn refunded(&self, amount: Option<Money>) -> Self;
}

/// Takes the price from the customer's account.
pub struct Charge(pub Arc<Participants>);

/// Gives back what was charged for an order, once.
pub struct Refund(pub Arc<Participants>);

#[async_trait]
impl<S: Charged> Action<S> for Charge {
    async fn run(&self, batch: &[Command<S>]) -> Vec<Outcome<S>> {
        let command = |state: &S| {
            let (order_id, customer_id, amount) = state.charge()?;
            Some((
                order_id,
                ChargeCommand {
                    order_id,
                    customer_id,
                    amount,
                },
            ))
        };
        let send = async |commands: Vec<_>| self.0.billing(CHARGE, &commands).await;
        outcomes(batch, command, send, |state: &S, NoDetails {}| {
            Some(state.clone())
        })
        .await
    }
}

#[async_trait]
impl<S: Refundable> Action<S> for Refund {
    async fn run(&self, batch: &[Command<S>]) -> Vec<Outcome<S>> {
        let command = |state: &S| {
            Some((
                state.order(),
                RefundCommand {
                    order_id: state.order(),
                },
            ))
        };
        let send = async |commands: Vec<_>| self.0.billing(REFUND, &commands).await;
        outcomes(batch, command, send, |state: &S, answer: &Refunded| {
            Some(state.refunded(answer.refunded))
        })
        .await
    }
}
