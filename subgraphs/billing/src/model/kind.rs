//! Kinds of transfers.

use async_graphql::Enum;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;

/// What moved the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Enum, AsExpression, FromSqlRow)]
#[graphql(name = "LedgerEntryKind")]
#[diesel(sql_type = Text)]
pub enum TransferKind {
    /// The customer paid in.
    Deposit,
    /// An order's price was taken.
    Charge,
    /// An order's price was given back.
    Refund,
}

impl TransferKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Deposit, Self::Charge, Self::Refund];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Deposit => "deposit",
            Self::Charge => "charge",
            Self::Refund => "refund",
        }
    }

    /// An amount as it changes the customer's balance.
    pub const fn signed(self, amount: i64) -> i64 {
        match self {
            Self::Charge => -amount,
            Self::Deposit | Self::Refund => amount,
        }
    }
}

impl ToSql<Text, Pg> for TransferKind {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <str as ToSql<Text, Pg>>::to_sql(self.as_str(), &mut out.reborrow())
    }
}

impl FromSql<Text, Pg> for TransferKind {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        match bytes.as_bytes() {
            b"deposit" => Ok(Self::Deposit),
            b"charge" => Ok(Self::Charge),
            b"refund" => Ok(Self::Refund),
            _ => Err("not a kind of transfer".into()),
        }
    }
}
