//! The status of a departure, and which changes of it there are.
//!
//! ```text
//! OPEN <-> CLOSED        operators, as they like
//! OPEN, CLOSED -> CANCELLING -> CANCELLED        the cancellation of the departure, never back
//! ```

use async_graphql::Enum;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use serde::Serialize;

/// Whether a departure is on sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DepartureStatus {
    /// On sale until sales close.
    Open,
    /// Taken off sale by an operator.
    Closed,
    /// Being cancelled: nothing new is reserved, its orders are refunded.
    Cancelling,
    /// Cancelled; all its orders are.
    Cancelled,
}

/// What may happen to a status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusChange {
    /// An operator puts the departure on sale.
    OpenSales,
    /// An operator takes it off sale.
    CloseSales,
    /// Its cancellation begins.
    Cancel,
    /// Its cancellation ends.
    FinishCancellation,
}

/// A change that the status does not allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{change:?} does not happen to a departure that is {status:?}")]
pub struct IllegalChange {
    /// What was.
    pub status: DepartureStatus,
    /// What was tried.
    pub change: StatusChange,
}

impl DepartureStatus {
    /// The status after a change: the only truth about it. A change that was made already leaves the status as it is.
    ///
    /// # Errors
    /// [`IllegalChange`].
    pub fn apply(self, change: StatusChange) -> Result<Self, IllegalChange> {
        match (self, change) {
            (Self::Open | Self::Closed, StatusChange::OpenSales) => Ok(Self::Open),
            (Self::Open | Self::Closed, StatusChange::CloseSales) => Ok(Self::Closed),
            (Self::Open | Self::Closed | Self::Cancelling, StatusChange::Cancel) => Ok(Self::Cancelling),
            (Self::Cancelled, StatusChange::Cancel) => Ok(Self::Cancelled),
            (Self::Cancelling | Self::Cancelled, StatusChange::FinishCancellation) => Ok(Self::Cancelled),
            (status, change) => Err(IllegalChange { status, change }),
        }
    }
}

impl DepartureStatus {
    /// Whether the departure is cancelled, or about to be: it does not change any more.
    #[must_use]
    pub fn is_cancelled(self) -> bool {
        matches!(self, Self::Cancelling | Self::Cancelled)
    }
}

impl ToSql<Text, Pg> for DepartureStatus {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let text = match self {
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Cancelling => "cancelling",
            Self::Cancelled => "cancelled",
        };
        <str as ToSql<Text, Pg>>::to_sql(text, &mut out.reborrow())
    }
}

impl FromSql<Text, Pg> for DepartureStatus {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        match <String as FromSql<Text, Pg>>::from_sql(bytes)?.as_str() {
            "open" => Ok(Self::Open),
            "closed" => Ok(Self::Closed),
            "cancelling" => Ok(Self::Cancelling),
            "cancelled" => Ok(Self::Cancelled),
            other => Err(format!("no status of a departure: {other}").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DepartureStatus::{Cancelled, Cancelling, Closed, Open};
    use super::StatusChange::{Cancel, CloseSales, FinishCancellation, OpenSales};
    use super::*;

    #[test]
    fn operators_open_and_close_until_the_departure_is_cancelled() {
        for status in [Open, Closed] {
            assert_eq!(status.apply(OpenSales), Ok(Open));
            assert_eq!(status.apply(CloseSales), Ok(Closed));
        }
        for status in [Cancelling, Cancelled] {
            for change in [OpenSales, CloseSales] {
                assert_eq!(status.apply(change), Err(IllegalChange { status, change }));
            }
        }
    }

    #[test]
    fn cancellation_goes_one_way_and_may_be_told_twice() {
        for status in [Open, Closed, Cancelling] {
            assert_eq!(status.apply(Cancel), Ok(Cancelling));
        }
        for status in [Cancelling, Cancelled] {
            assert_eq!(status.apply(FinishCancellation), Ok(Cancelled));
        }
        assert_eq!(Cancelled.apply(Cancel), Ok(Cancelled));
        assert!(Open.apply(FinishCancellation).is_err());
        assert!(Closed.apply(FinishCancellation).is_err());
    }
}
