//! A batch of commands: one transaction.

use diesel::QueryResult;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use service::database::Attempts;
use service::id::{DepartureId, OrderId};

use super::load::load;
use super::write::write;
use super::{Seating, SeatsMoved, meters};
use crate::model::rejection::Rejection;

/// What became of a command; a rejected one did nothing.
pub type Outcome = Result<(), Rejection>;

/// A command about the reservation of an order.
pub trait Command: Sync {
    /// Whose reservation.
    fn order_id(&self) -> OrderId;
    /// On which departure.
    fn departure_id(&self) -> DepartureId;
    /// Decides and, unless it rejects, changes the seating. Repeated, it decides the same and changes nothing.
    ///
    /// # Errors
    /// Why it is rejected.
    fn decide(&self, seating: &mut Seating) -> Outcome;
}

/// Runs commands in their order; the outcome of each stands at its place. A command that is rejected does not hinder those
/// after it.
///
/// # Errors
/// The database's; then none of the commands did anything.
pub async fn run<C: Command>(
    connection: &mut AsyncPgConnection,
    commands: &[C],
) -> QueryResult<Vec<Outcome>> {
    let mut attempts = Attempts::default();
    loop {
        let result = connection
            .transaction(async |connection| attempt(connection, commands).await)
            .await;
        if !attempts.again(&result) {
            let (outcomes, seats) = result?;
            meters::moved(seats);
            return Ok(outcomes);
        }
    }
}

async fn attempt<C: Command>(
    connection: &mut AsyncPgConnection,
    commands: &[C],
) -> QueryResult<(Vec<Outcome>, SeatsMoved)> {
    let departures: Vec<DepartureId> = commands.iter().map(C::departure_id).collect();
    let orders: Vec<OrderId> = commands.iter().map(C::order_id).collect();
    let mut seating = load(connection, &departures, &orders).await?;
    let outcomes = commands
        .iter()
        .map(|command| command.decide(&mut seating))
        .collect();
    let changes = seating.into_changes();
    let seats = changes.seats;
    write(connection, changes).await?;
    Ok((outcomes, seats))
}
