//! The commands of excursions: quote a price, reserve and release seats, close a departure, finish its cancellation.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use saga::{Action, Command, Outcome};
use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use service::id::DepartureId;
use service::money::Money;
use uuid::Uuid;

use super::Participants;
use super::call::{NoDetails, outcomes};
use super::client::CallError;

const QUOTE: &str = "mutation Quote($commands: [QuoteCommand!]!) {
    outcomes: quote(commands: $commands) { orderId status code message startsAt excursionTitle
        unitPrice { amount currency } total { amount currency } } }";
const RESERVE: &str = "mutation Reserve($commands: [ReserveCommand!]!) {
    outcomes: reserve(commands: $commands) { orderId status code message } }";
const RELEASE: &str = "mutation Release($commands: [ReleaseCommand!]!) {
    outcomes: release(commands: $commands) { orderId status code message } }";
const CLOSE: &str = "mutation CloseDeparture($commands: [CloseDepartureCommand!]!) {
    outcomes: closeDeparture(commands: $commands) { departureId status code message } }";
const FINISH: &str = "mutation FinishCancellation($commands: [FinishCancellationCommand!]!) {
    outcomes: finishCancellation(commands: $commands) { departureId status code message } }";

/// Entities by their keys, as the router asks for them: null for one that is not there.
const EXISTS: &str = "query Exists($commands: [_Any!]!) {
    outcomes: _entities(representations: $commands) { __typename } }";

/// What seats on a departure cost now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quote {
    /// One seat.
    pub unit_price: Money,
    /// All seats.
    pub total: Money,
    /// When the departure begins.
    pub starts_at: DateTime<Utc>,
    /// The excursion's title.
    pub excursion_title: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct QuoteDetails {
    unit_price: Option<Money>,
    total: Option<Money>,
    starts_at: Option<DateTime<Utc>>,
    excursion_title: Option<String>,
}

impl QuoteDetails {
    fn quote(&self) -> Option<Quote> {
        Some(Quote {
            unit_price: self.unit_price?,
            total: self.total?,
            starts_at: self.starts_at?,
            excursion_title: self.excursion_title.clone()?,
        })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QuoteCommand {
    order_id: Uuid,
    departure_id: Uuid,
    seats: i32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReserveCommand {
    order_id: Uuid,
    departure_id: Uuid,
    seats: i32,
    unit_price: Money,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ReleaseCommand {
    order_id: Uuid,
    departure_id: Uuid,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DepartureCommand {
    departure_id: Uuid,
}

#[derive(Serialize)]
struct DepartureKey {
    #[serde(rename = "__typename")]
    typename: &'static str,
    id: Uuid,
}

/// What a saga's state says of seats.
pub trait Seated: Clone + Send + Sync + 'static {
    /// Which order, which departure.
    fn order_and_departure(&self) -> (Uuid, Uuid);
}

/// What a saga's state says of seats to be quoted and reserved.
pub trait Bookable: Seated {
    /// How many.
    fn seats(&self) -> i32;
    /// The price, once quoted.
    fn unit_price(&self) -> Option<Money>;
    /// The state once it is quoted.
    fn quoted(&self, quote: Quote) -> Self;
}

/// What a saga's state says of a departure to be cancelled.
pub trait Departing: Clone + Send + Sync + 'static {
    /// Which.
    fn departure(&self) -> Uuid;
}

/// Asks what the seats cost.
pub struct QuoteSeats(pub Arc<Participants>);
/// Takes the seats at the quoted price.
pub struct Reserve(pub Arc<Participants>);
/// Gives back the seats of an order.
pub struct Release(pub Arc<Participants>);
/// Makes sure that nothing new is reserved on a departure.
pub struct CloseDeparture(pub Arc<Participants>);
/// Marks a departure as cancelled.
pub struct FinishCancellation(pub Arc<Participants>);

#[async_trait]
impl<S: Bookable> Action<S> for QuoteSeats {
    async fn run(&self, batch: &[Command<S>]) -> Vec<Outcome<S>> {
        let command = |state: &S| {
            let (order_id, departure_id) = state.order_and_departure();
            Some((
                order_id,
                QuoteCommand {
                    order_id,
                    departure_id,
                    seats: state.seats(),
                },
            ))
        };
        let send = async |commands: Vec<_>| self.0.excursions(QUOTE, &commands).await;
        outcomes(batch, command, send, |state: &S, answer: &QuoteDetails| {
            Some(state.quoted(answer.quote()?))
        })
        .await
    }
}

#[async_trait]
impl<S: Bookable> Action<S> for Reserve {
    async fn run(&self, batch: &[Command<S>]) -> Vec<Outcome<S>> {
        let command = |state: &S| {
            let (order_id, departure_id) = state.order_and_departure();
            let (seats, unit_price) = (state.seats(), state.unit_price()?);
            Some((
                order_id,
                ReserveCommand {
                    order_id,
                    departure_id,
                    seats,
                    unit_price,
                },
            ))
        };
        let send = async |commands: Vec<_>| self.0.excursions(RESERVE, &commands).await;
        outcomes(batch, command, send, |state: &S, NoDetails {}| {
            Some(state.clone())
        })
        .await
    }
}

#[async_trait]
impl<S: Seated> Action<S> for Release {
    async fn run(&self, batch: &[Command<S>]) -> Vec<Outcome<S>> {
        let command = |state: &S| {
            let (order_id, departure_id) = state.order_and_departure();
            Some((
                order_id,
                ReleaseCommand {
                    order_id,
                    departure_id,
                },
            ))
        };
        let send = async |commands: Vec<_>| self.0.excursions(RELEASE, &commands).await;
        outcomes(batch, command, send, |state: &S, NoDetails {}| {
            Some(state.clone())
        })
        .await
    }
}

#[async_trait]
impl<S: Departing> Action<S> for CloseDeparture {
    async fn run(&self, batch: &[Command<S>]) -> Vec<Outcome<S>> {
        let send = async |commands: Vec<_>| self.0.excursions(CLOSE, &commands).await;
        outcomes(batch, departure_command, send, |state: &S, NoDetails {}| {
            Some(state.clone())
        })
        .await
    }
}

#[async_trait]
impl<S: Departing> Action<S> for FinishCancellation {
    async fn run(&self, batch: &[Command<S>]) -> Vec<Outcome<S>> {
        let send = async |commands: Vec<_>| self.0.excursions(FINISH, &commands).await;
        outcomes(batch, departure_command, send, |state: &S, NoDetails {}| {
            Some(state.clone())
        })
        .await
    }
}

fn departure_command<S: Departing>(state: &S) -> Option<(Uuid, DepartureCommand)> {
    let departure_id = state.departure();
    Some((departure_id, DepartureCommand { departure_id }))
}

impl Participants {
    /// Whether a departure exists, whatever its status.
    ///
    /// # Errors
    /// Where excursions does not answer.
    pub async fn departure_exists(&self, departure: DepartureId) -> Result<bool, CallError> {
        let question = [DepartureKey {
            typename: "Departure",
            id: departure.uuid(),
        }];
        let answer: Vec<Option<IgnoredAny>> = self.excursions(EXISTS, &question).await?;
        answer.first().map(Option::is_some).ok_or(CallError::NoOutcomes)
    }
}
