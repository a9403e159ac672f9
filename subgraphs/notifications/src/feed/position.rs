//! Where an entry stands in the feed, and how clients see that: as an opaque cursor.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::BigInt;

/// Tells a feed cursor from the cursors of lists.
const MARK: u8 = b'f';

/// A place in the feed: after the entry of this number, before the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct Position(i64);

impl Position {
    /// Before the first entry.
    pub const START: Self = Self(0);

    /// The position as an opaque cursor.
    #[must_use]
    pub fn to_cursor(self) -> String {
        let mut bytes = [MARK; 9];
        bytes[1..].copy_from_slice(&self.0.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position behind a cursor, or nothing where it cannot be one of ours.
    #[must_use]
    pub fn from_cursor(cursor: &str) -> Option<Self> {
        let bytes: [u8; 9] = URL_SAFE_NO_PAD.decode(cursor).ok()?.try_into().ok()?;
        let (mark, number) = bytes.split_first_chunk::<1>()?;
        let number = i64::from_be_bytes(number.try_into().ok()?);
        (*mark == [MARK] && number >= 0).then_some(Self(number))
    }
}

impl ToSql<BigInt, Pg> for Position {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <i64 as ToSql<BigInt, Pg>>::to_sql(&self.0, out)
    }
}

impl FromSql<BigInt, Pg> for Position {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        <i64 as FromSql<BigInt, Pg>>::from_sql(bytes).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use service::graphql::{Cursor, IdCursor};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn cursor_survives_its_way_through_a_client() {
        for position in [Position::START, Position(1), Position(i64::MAX)] {
            assert_eq!(Position::from_cursor(&position.to_cursor()), Some(position));
        }
    }

    #[test]
    fn other_texts_are_no_cursors() {
        let of_a_list = URL_SAFE_NO_PAD.encode(IdCursor(Uuid::now_v7()).to_bytes());
        let negative = URL_SAFE_NO_PAD.encode([MARK, 255, 0, 0, 0, 0, 0, 0, 0]);
        let unmarked = URL_SAFE_NO_PAD.encode([0; 9]);
        for text in ["", "1", "ü", &of_a_list, &negative, &unmarked] {
            assert_eq!(Position::from_cursor(text), None, "{text}");
        }
    }
}
