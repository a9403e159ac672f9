//! Tickets: one a seat of a confirmed order.

use diesel::prelude::*;
use diesel::sql_types::{Array, Text, Uuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rand::seq::IndexedRandom;
use service::database::Statement;
use service::id::OrderId;

use crate::schema::tickets;

service::typed_id! {
    /// A ticket.
    TicketId
}

/// One seat of a confirmed order.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = tickets, check_for_backend(diesel::pg::Pg))]
pub struct Ticket {
    /// Its id.
    pub id: TicketId,
    /// The order.
    pub order_id: OrderId,
    /// What the customer shows at the meeting point.
    pub code: String,
}

impl Ticket {
    /// Issues tickets.
    ///
    /// # Errors
    /// The database's.
    pub async fn issue(connection: &mut AsyncPgConnection, tickets: &[Self]) -> QueryResult<()> {
        if tickets.is_empty() {
            return Ok(());
        }
        Statement::new("INSERT INTO tickets (id, order_id, code) SELECT * FROM unnest(")
            .bind::<Array<Uuid>, _>(tickets.iter().map(|ticket| ticket.id).collect::<Vec<_>>())
            .bind::<Array<Uuid>, _>(tickets.iter().map(|ticket| ticket.order_id).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(
                tickets
                    .iter()
                    .map(|ticket| ticket.code.as_str())
                    .collect::<Vec<_>>(),
            )
            .then(")")
            .execute(connection)
            .await
            .map(drop)
    }

    /// The tickets of orders, in the order of their ids.
    ///
    /// # Errors
    /// The database's.
    pub async fn of_orders(mut connection: &AsyncPgConnection, orders: &[OrderId]) -> QueryResult<Vec<Self>> {
        tickets::table
            .filter(tickets::order_id.eq_any(orders))
            .order(tickets::id)
            .select(Self::as_select())
            .load(&mut connection)
            .await
    }
}

/// Crockford's base 32: no letter that a person could mistake for a digit.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_LENGTH: usize = 12;

/// A new code: 60 random bits, so that none can be guessed.
#[must_use]
pub fn new_code() -> String {
    let mut random = rand::rng();
    (0..CODE_LENGTH)
        .filter_map(|_| ALPHABET.choose(&mut random))
        .map(|letter| char::from(*letter))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_of_their_length_and_alphabet_and_differ() {
        let codes: Vec<String> = (0..100).map(|_| new_code()).collect();
        assert!(codes.iter().all(|code| code.len() == CODE_LENGTH));
        assert!(
            codes
                .iter()
                .flat_map(|code| code.bytes())
                .all(|letter| ALPHABET.contains(&letter))
        );
        let distinct: std::collections::HashSet<_> = codes.iter().collect();
        assert_eq!(distinct.len(), 100);
    }
}
