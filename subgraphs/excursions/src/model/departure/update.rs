//! Changing a departure.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::{AsyncConnection, AsyncPgConnection};
use service::id::DepartureId;
use service::money::Money;

use super::{Departure, StatusChange, write};

/// What an operator wants to be different; `None` stays as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct DepartureChange {
    /// What a seat costs; what is reserved already keeps its price.
    pub price: Option<Money>,
    /// How many seats there are.
    pub capacity: Option<i32>,
    /// When sales close.
    pub sales_close_at: Option<DateTime<Utc>>,
    /// On sale or off.
    pub sales: Option<StatusChange>,
}

/// Why a departure is not changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UpdateRefused {
    /// There is no such departure.
    #[error("there is no such departure")]
    NoDeparture,
    /// It is cancelled, or about to be.
    #[error("the departure is cancelled")]
    Cancelled,
    /// Fewer seats than are taken.
    #[error("must be at least {seats_taken}, as many seats are taken")]
    CapacityBelowSeatsTaken {
        /// How many are.
        seats_taken: i32,
    },
    /// Sales would go on after the start.
    #[error("must not be later than the start, {starts_at}")]
    SalesCloseAfterStart {
        /// When it starts.
        starts_at: DateTime<Utc>,
    },
}

impl Departure {
    /// The departure after a change; equal to this one where nothing differs.
    ///
    /// # Errors
    /// All reasons against it.
    pub fn changed(&self, change: &DepartureChange) -> Result<Self, Vec<UpdateRefused>> {
        let status = change
            .sales
            .map_or(Ok(self.status), |sales| self.status.apply(sales));
        let (false, Ok(status)) = (self.status.is_cancelled(), status) else {
            return Err(vec![UpdateRefused::Cancelled]);
        };
        let price = change.price.unwrap_or(self.price());
        let changed = Self {
            status,
            price_minor: price.minor,
            currency: price.currency,
            capacity: change.capacity.unwrap_or(self.capacity),
            sales_close_at: change.sales_close_at.unwrap_or(self.sales_close_at),
            ..self.clone()
        };
        let mut refused = Vec::new();
        if changed.capacity < self.seats_taken {
            refused.push(UpdateRefused::CapacityBelowSeatsTaken {
                seats_taken: self.seats_taken,
            });
        }
        if changed.sales_close_at > self.starts_at {
            refused.push(UpdateRefused::SalesCloseAfterStart {
                starts_at: self.starts_at,
            });
        }
        if refused.is_empty() {
            Ok(changed)
        } else {
            Err(refused)
        }
    }

    /// Makes a change, under the departure's lock.
    ///
    /// # Errors
    /// The database's.
    pub async fn update(
        connection: &mut AsyncPgConnection,
        id: DepartureId,
        change: &DepartureChange,
    ) -> QueryResult<Result<Self, Vec<UpdateRefused>>> {
        connection
            .transaction(async |connection| {
                let Some(departure) = Self::lock(connection, &[id]).await?.pop() else {
                    return Ok(Err(vec![UpdateRefused::NoDeparture]));
                };
                match departure.changed(change) {
                    Ok(changed) if changed == departure => Ok(Ok(departure)),
                    Ok(mut changed) => {
                        write(connection, std::slice::from_mut(&mut changed)).await?;
                        Ok(Ok(changed))
                    }
                    Err(refused) => Ok(Err(refused)),
                }
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::departure::DepartureStatus;
    use crate::model::departure::testing::departure;

    #[test]
    fn all_reasons_are_told_at_once() {
        let departure = Departure {
            seats_taken: 7,
            ..departure(10)
        };
        let change = DepartureChange {
            capacity: Some(6),
            sales_close_at: Some(departure.starts_at + chrono::TimeDelta::seconds(1)),
            ..DepartureChange::default()
        };
        let refused = departure.changed(&change).unwrap_err();
        let starts_at = departure.starts_at;
        assert_eq!(
            refused,
            [
                UpdateRefused::CapacityBelowSeatsTaken { seats_taken: 7 },
                UpdateRefused::SalesCloseAfterStart { starts_at },
            ]
        );
    }

    #[test]
    fn what_is_not_asked_for_stays() {
        let departure = departure(10);
        assert_eq!(
            departure.changed(&DepartureChange::default()),
            Ok(departure.clone())
        );
        let change = DepartureChange {
            sales: Some(StatusChange::CloseSales),
            ..DepartureChange::default()
        };
        let changed = departure.changed(&change);
        let closed = Departure {
            status: DepartureStatus::Closed,
            ..departure
        };
        assert_eq!(changed, Ok(closed));
    }

    #[test]
    fn nothing_of_a_cancelled_departure_changes() {
        for status in [DepartureStatus::Cancelling, DepartureStatus::Cancelled] {
            let departure = Departure {
                status,
                ..departure(10)
            };
            let change = DepartureChange {
                capacity: Some(20),
                ..DepartureChange::default()
            };
            assert_eq!(departure.changed(&change), Err(vec![UpdateRefused::Cancelled]));
        }
    }
}
