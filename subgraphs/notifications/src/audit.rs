//! Whether mails are as they should be, told by the live database: invariant 8, as far as one service can tell.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Integer, Text, Uuid};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::audit::{Digest, Violation, bucket, mail_hash};
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

/// How many mails of each kind there are about each order of these buckets, by order.
///
/// # Errors
/// The database's.
pub async fn mails(connection: &mut AsyncPgConnection, buckets: &[i32]) -> QueryResult<Vec<Mail>> {
    let bucket = bucket("order_id");
    sql_query(format!(
        "SELECT order_id, kind, count(*) AS count FROM notifications
         WHERE order_id IS NOT NULL AND {bucket} = ANY ($1)
         GROUP BY order_id, kind ORDER BY order_id, kind"
    ))
    .bind::<Array<Integer>, _>(buckets)
    .load(connection)
    .await
}

/// The digest of the same, of all orders.
///
/// # Errors
/// The database's.
pub async fn digest(connection: &mut AsyncPgConnection) -> QueryResult<Vec<Digest>> {
    let (bucket, hash) = (bucket("order_id"), mail_hash("order_id", "kind"));
    sql_query(format!(
        "SELECT {bucket} AS bucket, sum({hash})::text AS digest
         FROM notifications WHERE order_id IS NOT NULL GROUP BY 1"
    ))
    .load(connection)
    .await
}
