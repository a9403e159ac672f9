//! Relay connections over keyset cursors.
//!
//! A cursor is the sort key of its row, opaque to clients, so that pages stay right while rows are inserted. The caller
//! loads at most [`Page::fetch`] rows, one more than a page, in the direction that [`Page::backward`] tells.

use async_graphql::OutputType;
use async_graphql::connection::{Connection, CursorType, Edge};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Datelike, Utc};
use uuid::Uuid;

use super::ClientError;

const DEFAULT_SIZE: i32 = 20;
const MAX_SIZE: i32 = 100;

/// A sort key that can be written as an opaque cursor.
pub trait Cursor: Sized + Send + Sync {
    /// The key as bytes.
    fn to_bytes(&self) -> Vec<u8>;
    /// The key behind bytes, or nothing where they are not ours.
    fn from_bytes(bytes: &[u8]) -> Option<Self>;
}

/// For lists in the order of creation: ids are UUIDv7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IdCursor(pub Uuid);

impl Cursor for IdCursor {
    fn to_bytes(&self) -> Vec<u8> {
        self.0.as_bytes().to_vec()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self)
    }
}

/// For lists in the order of an instant; the id decides between equals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeCursor {
    /// The instant, to the microsecond as PostgreSQL keeps it.
    pub at: DateTime<Utc>,
    /// The row.
    pub id: Uuid,
}

impl Cursor for TimeCursor {
    fn to_bytes(&self) -> Vec<u8> {
        [
            self.at.timestamp_micros().to_be_bytes().as_slice(),
            self.id.as_bytes(),
        ]
        .concat()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (at, id) = bytes.split_first_chunk::<8>()?;
        Some(Self {
            // Other years are none of ours, and PostgreSQL may not know them.
            at: DateTime::from_timestamp_micros(i64::from_be_bytes(*at))
                .filter(|at| (1..=9999).contains(&at.year()))?,
            id: Uuid::from_slice(id).ok()?,
        })
    }
}

/// A cursor as the connection types want it.
pub struct Opaque<C>(C);

impl<C: Cursor> CursorType for Opaque<C> {
    type Error = &'static str;

    fn decode_cursor(text: &str) -> Result<Self, Self::Error> {
        URL_SAFE_NO_PAD
            .decode(text)
            .ok()
            .and_then(|bytes| C::from_bytes(&bytes))
            .map(Self)
            .ok_or("not a cursor of this list")
    }

    fn encode_cursor(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.to_bytes())
    }
}

/// The size of the page that is asked for, for what it costs; one that is out of bounds is refused later.
pub(super) fn page_size(first: Option<i32>, last: Option<i32>) -> usize {
    let size = first.or(last).unwrap_or(DEFAULT_SIZE).clamp(1, MAX_SIZE);
    size.unsigned_abs() as usize
}

/// The page that a client asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Page<C> {
    /// Only rows after this key.
    pub after: Option<C>,
    /// Only rows before this key.
    pub before: Option<C>,
    /// Whether the page is taken from the end of the list (`last`): load in reverse order.
    pub backward: bool,
    size: usize,
}

impl<C: Cursor> Page<C> {
    /// Reads the four arguments of a connection.
    ///
    /// # Errors
    /// [`ClientError::BadUserInput`]: a size outside 1 to 100, `first` with `last`, or a cursor that is not ours.
    pub fn new(
        first: Option<i32>,
        after: Option<&str>,
        last: Option<i32>,
        before: Option<&str>,
    ) -> Result<Self, ClientError> {
        let (argument, size, backward) = match (first, last) {
            (Some(_), Some(_)) => {
                return Err(ClientError::BadUserInput {
                    argument: "last",
                    message: "give first or last, not both".to_owned(),
                });
            }
            (None, Some(last)) => ("last", last, true),
            (first, None) => ("first", first.unwrap_or(DEFAULT_SIZE), false),
        };
        if !(1..=MAX_SIZE).contains(&size) {
            return Err(ClientError::BadUserInput {
                argument,
                message: format!("must be between 1 and {MAX_SIZE}, is {size}"),
            });
        }
        Ok(Self {
            after: decode("after", after)?,
            before: decode("before", before)?,
            backward,
            size: size.unsigned_abs() as usize,
        })
    }

    /// How many rows to load at most: a page and one more, which tells whether there are others.
    #[must_use]
    pub fn fetch(&self) -> i64 {
        self.size as i64 + 1
    }

    /// Makes the connection of the rows loaded.
    pub fn connection<Row, Node>(
        &self,
        mut rows: Vec<Row>,
        key: impl Fn(&Row) -> C,
        node: impl Fn(Row) -> Node,
    ) -> Connection<Opaque<C>, Node>
    where
        Node: OutputType,
    {
        let more = rows.len() > self.size;
        rows.truncate(self.size);
        if self.backward {
            rows.reverse();
        }
        let (has_previous, has_next) = if self.backward {
            (more, self.before.is_some())
        } else {
            (self.after.is_some(), more)
        };
        let mut connection = Connection::new(has_previous, has_next);
        connection.edges = rows
            .into_iter()
            .map(|row| Edge::new(Opaque(key(&row)), node(row)))
            .collect();
        connection
    }
}

fn decode<C: Cursor>(argument: &'static str, text: Option<&str>) -> Result<Option<C>, ClientError> {
    text.map(|text| Opaque::decode_cursor(text).map(|Opaque(cursor)| cursor))
        .transpose()
        .map_err(|message| ClientError::BadUserInput {
            argument,
            message: message.to_owned(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(first: Option<i32>, last: Option<i32>) -> Result<Page<IdCursor>, ClientError> {
        Page::new(first, None, last, None)
    }

    #[test]
    fn page_size_has_bounds() {
        assert_eq!(page(Some(0), None).unwrap_err().code(), "BAD_USER_INPUT");
        assert_eq!(page(None, Some(101)).unwrap_err().code(), "BAD_USER_INPUT");
        assert_eq!(page(Some(1), Some(1)).unwrap_err().code(), "BAD_USER_INPUT");
        assert_eq!(page(None, None).unwrap().fetch(), 21);
        assert_eq!(page(Some(100), None).unwrap().fetch(), 101);
    }

    #[test]
    fn cursor_survives_its_way_through_a_client() {
        let cursor = TimeCursor {
            at: Utc::now(),
            id: Uuid::now_v7(),
        };
        let text = Opaque(cursor).encode_cursor();
        let page = Page::<TimeCursor>::new(None, Some(&text), None, None).unwrap();
        let back = page.after.unwrap();
        assert_eq!(
            (back.at.timestamp_micros(), back.id),
            (cursor.at.timestamp_micros(), cursor.id)
        );
        assert!(
            Page::<IdCursor>::new(None, Some(&text), None, None).is_err(),
            "a cursor of another list"
        );
    }

    #[test]
    fn last_page_comes_in_the_order_of_the_list() {
        let ids: Vec<Uuid> = (0..3).map(|_| Uuid::now_v7()).collect();
        let page = page(None, Some(2)).unwrap();
        let rows = vec![(ids[2], 3), (ids[1], 2), (ids[0], 1)];
        let connection = page.connection(rows, |row| IdCursor(row.0), |row| row.1);
        let nodes: Vec<i32> = connection.edges.iter().map(|edge| edge.node).collect();
        assert_eq!(nodes, [2, 3]);
        assert!(connection.has_previous_page && !connection.has_next_page);
    }
}
