//! Whether mails are as they should be, told by the live database: invariant 8, as far as one service can tell.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{BigInt, Text, Uuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::audit::Violation;
use service::id::OrderId;

use crate::model::notification::Kind;

/// Finds what is wrong, at most twenty of a kind: nothing, if all is well.
///
/// # Errors
/// The database's.
pub async fn audit(connection: &mut AsyncPgConnection) -> QueryResult<Vec<Violation>> {
    let mut violations = Vec::new();
    for check in [DOUBLED_ORDER_MAILS, DOUBLED_WELCOMES] {
        let findings: Vec<Finding> = sql_query(check).load(connection).await?;
        violations.extend(
            findings
                .into_iter()
                .map(|finding| Violation::new(8, finding.message)),
        );
    }
    Ok(violations)
}

#[derive(QueryableByName)]
struct Finding {
    #[diesel(sql_type = Text)]
    message: String,
}

const DOUBLED_ORDER_MAILS: &str = "
SELECT format('order %s has %s mails of kind %s', order_id, count(*), kind) AS message
FROM notifications WHERE order_id IS NOT NULL
GROUP BY order_id, kind HAVING count(*) > 1
LIMIT 20";

const DOUBLED_WELCOMES: &str = "
SELECT format('user %s was welcomed %s times', user_id, count(*)) AS message
FROM notifications WHERE kind = 'WELCOME'
GROUP BY user_id HAVING count(*) > 1
LIMIT 20";

/// The mails of a kind about an order.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Mail {
    /// The order.
    #[diesel(sql_type = Uuid)]
    pub order_id: OrderId,
    /// The kind.
    #[diesel(sql_type = Text)]
    pub kind: Kind,
    /// How many there are.
    #[diesel(sql_type = BigInt)]
    pub count: i64,
}

/// How many mails of each kind there are about each order, by order.
///
/// # Errors
/// The database's.
pub async fn mails(connection: &mut AsyncPgConnection) -> QueryResult<Vec<Mail>> {
    let query = "
SELECT order_id, kind, count(*) AS count FROM notifications WHERE order_id IS NOT NULL
GROUP BY order_id, kind ORDER BY order_id, kind";
    sql_query(query).load(connection).await
}
