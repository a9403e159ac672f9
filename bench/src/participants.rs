//! The participants, in this process: the SQL of billing and excursions on their own databases, as behind their
//! commands, without GraphQL, tokens and HTTP.

use std::fmt::Display;
use std::sync::Arc;

use async_trait::async_trait;
use excursions::model::rejection::Rejection as SeatsRejection;
use excursions::model::{departure, reservation};
use orders::participants::billing::{Charged, Refundable};
use orders::participants::excursions::{Bookable, Departing, Quote, Seated};
use saga::{Action, Command, Outcome, Rejection};
use service::database::{Connection, Pool, PoolError};
use service::id::{DepartureId, OrderId, UserId};
use service::money::{Currency, Money};

use crate::Error;

/// The databases of both.
pub struct Participants {
    /// Billing's.
    pub billing: Pool,
    /// Excursions'.
    pub excursions: Pool,
}

/// What a participant made of a command.
type Answer<T> = Result<T, Rejection>;

/// Charges orders.
pub struct Charge(pub Arc<Participants>);
/// Refunds orders.
pub struct Refund(pub Arc<Participants>);
/// Quotes prices.
pub struct QuoteSeats(pub Arc<Participants>);
/// Reserves seats.
pub struct Reserve(pub Arc<Participants>);
/// Releases seats.
pub struct Release(pub Arc<Participants>);
/// Closes departures.
pub struct CloseDeparture(pub Arc<Participants>);
/// Marks departures as cancelled.
pub struct FinishCancellation(pub Arc<Participants>);

#[async_trait]
impl<S: Charged> Action<S> for Charge {
    async fn run(&self, batch: &[Command<S>]) -> Vec<Outcome<S>> {
        let charges = batch.iter().filter_map(|command| {
            let (order, customer, amount) = command.state.charge()?;
            Some(billing::Charge {
                order: OrderId::from(order),
                customer: UserId::from(customer),
                amount,
            })
        });
        let charges: Vec<billing::Charge> = charges.collect();
        let answers = async {
            let mut connection = self.0.billing.get().await?;
            let results = billing::charge(&mut connection, &charges, Currency::EUR).await?;
            let answers = results.into_iter().map(|result| {
                result
                    .map(drop)
                    .map_err(|rejection| refusal(rejection.code(), &rejection))
            });
            Ok(answers.collect())
        };
        outcomes(batch, answers.await, |state, ()| state.clone())
    }
}

#[async_trait]
impl<S: Refundable> Action<S> for Refund {
    async fn run(&self, batch: &[Command<S>]) -> Vec<Outcome<S>> {
        let orders: Vec<OrderId> = batch.iter().map(|command| command.state.order().into()).collect();
        let answers = async {
            let mut connection = self.0.billing.get().await?;
            let refunded = billing::refund(&mut connection, &orders).await?;
            Ok(refunded.into_iter().map(Ok).collect())
        };
        outcomes(batch, answers.await, |state, refunded: Option<Money>| {
            state.refunded(refunded)
        })
    }
}

#[async_trait]
impl<S: Bookable> Action<S> for QuoteSeats {
    async fn run(&self, batch: &[Command<S>]) -> Vec<Outcome<S>> {
        let quotes: Vec<reservation::Quote> = batch
            .iter()
            .map(|command| reservation::Quote {
                departure_id: seated(&command.state).1,
                seats: command.state.seats(),
            })
            .collect();
        let answers = async {
            let quoted = reservation::quote(&mut *self.0.excursions().await?, &quotes).await?;
            Ok(quoted.into_iter().map(of_seats).collect())
        };
        outcomes(batch, answers.await, |state, quoted: reservation::Quoted| {
            state.quoted(Quote {
                unit_price: quoted.unit_price,
                total: quoted.total,
                starts_at: quoted.starts_at,
                excursion_title: quoted.excursion_title,
            })
        })
    }
}

#[async_trait]
impl<S: Bookable> Action<S> for Reserve {
    async fn run(&self, batch: &[Command<S>]) -> Vec<Outcome<S>> {
        let commands = batch.iter().map(|command| {
            let (order_id, departure_id) = seated(&command.state);
            reservation::Reserve {
                order_id,
                departure_id,
                seats: command.state.seats(),
                unit_price: command.state.unit_price(),
            }
        });
        self.0.change_seats(batch, commands.collect()).await
    }
}

#[async_trait]
impl<S: Seated> Action<S> for Release {
    async fn run(&self, batch: &[Command<S>]) -> Vec<Outcome<S>> {
        let commands = batch.iter().map(|command| {
            let (order_id, departure_id) = seated(&command.state);
            reservation::Release {
                order_id,
                departure_id,
            }
        });
        self.0.change_seats(batch, commands.collect()).await
    }
}

#[async_trait]
impl<S: Departing> Action<S> for CloseDeparture {
    async fn run(&self, batch: &[Command<S>]) -> Vec<Outcome<S>> {
        let answers = async {
            let closed = departure::close(&mut *self.0.excursions().await?, &departures(batch)).await?;
            Ok(closed.into_iter().map(of_seats).collect())
        };
        outcomes(batch, answers.await, |state, ()| state.clone())
    }
}

#[async_trait]
impl<S: Departing> Action<S> for FinishCancellation {
    async fn run(&self, batch: &[Command<S>]) -> Vec<Outcome<S>> {
        let answers = async {
            let mut connection = self.0.excursions().await?;
            let finished = departure::finish_cancellation(&mut connection, &departures(batch)).await?;
            Ok(finished.into_iter().map(of_seats).collect())
        };
        outcomes(batch, answers.await, |state, ()| state.clone())
    }
}

impl Participants {
    async fn excursions(&self) -> Result<Connection, PoolError> {
        self.excursions.get().await
    }

    async fn change_seats<S: Seated, C: reservation::Command>(
        &self,
        batch: &[Command<S>],
        commands: Vec<C>,
    ) -> Vec<Outcome<S>> {
        let answers = async {
            let changed = reservation::run(&mut *self.excursions().await?, &commands).await?;
            Ok(changed.into_iter().map(of_seats).collect())
        };
        outcomes(batch, answers.await, |state, ()| state.clone())
    }
}

fn seated<S: Seated>(state: &S) -> (OrderId, DepartureId) {
    let (order, departure) = state.order_and_departure();
    (order.into(), departure.into())
}

fn departures<S: Departing>(batch: &[Command<S>]) -> Vec<DepartureId> {
    batch
        .iter()
        .map(|command| command.state.departure().into())
        .collect()
}

fn of_seats<T>(answer: Result<T, SeatsRejection>) -> Answer<T> {
    answer.map_err(|rejection| refusal(rejection.code(), &rejection))
}

fn refusal(code: impl std::fmt::Debug, message: &impl Display) -> Rejection {
    Rejection {
        code: format!("{code:?}"),
        message: message.to_string(),
    }
}

fn outcomes<S, T>(
    batch: &[Command<S>],
    answers: Result<Vec<Answer<T>>, Error>,
    done: impl Fn(&S, T) -> S,
) -> Vec<Outcome<S>> {
    match answers {
        Ok(answers) => {
            let answered = batch.iter().zip(answers);
            let outcomes = answered.map(|(command, answer)| match answer {
                Ok(answer) => Outcome::Done(done(&command.state, answer)),
                Err(rejection) => Outcome::Rejected(rejection),
            });
            outcomes.collect()
        }
        Err(error) => batch.iter().map(|_| Outcome::Failed(error.to_string())).collect(),
    }
}
