//! The states of orders and cancellations.

use async_graphql::Enum;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use serde::Serialize;

macro_rules! text_column {
    ($type:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $type {
            /// The word for it in the database.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl ToSql<Text, Pg> for $type {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                <str as ToSql<Text, Pg>>::to_sql(self.as_str(), out)
            }
        }

        impl FromSql<Text, Pg> for $type {
            fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
                match <String as FromSql<Text, Pg>>::from_sql(bytes)?.as_str() {
                    $($word => Ok(Self::$variant),)+
                    other => Err(format!("\"{other}\" is not known").into()),
                }
            }
        }
    };
}

/// What became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, AsExpression, FromSqlRow)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[diesel(sql_type = Text)]
pub enum OrderStatus {
    /// It is being booked.
    Pending,
    /// Paid, reserved, and with tickets.
    Confirmed,
    /// It came to nothing; the rejection says why.
    Rejected,
    /// It is being undone.
    Cancelling,
    /// It is undone: money and seats are back.
    Cancelled,
}

text_column!(OrderStatus {
    Pending = "PENDING",
    Confirmed = "CONFIRMED",
    Rejected = "REJECTED",
    Cancelling = "CANCELLING",
    Cancelled = "CANCELLED",
});

/// How the cancellation of a departure is getting on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, Serialize, AsExpression, FromSqlRow)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[diesel(sql_type = Text)]
pub enum CancellationStatus {
    /// Orders are being undone.
    Running,
    /// Every order is undone.
    Completed,
}

text_column!(CancellationStatus { Running = "RUNNING", Completed = "COMPLETED" });
