//! Whether the ledger adds up, told by the live database. Each check is one statement, so that it sees one state of it,
//! and set-based, so that it takes seconds with millions of transfers.

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::{Array, BigInt, Integer, Text, Uuid};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use service::audit::{Digest, Violation, bucket, money_hash};
use service::id::OrderId;

/// Such a query reads everything there is, once: memory to do so, and time.
const SETTINGS: &str = "SET LOCAL work_mem = '64MB'; SET LOCAL statement_timeout = '10min'";

/// Finds what is wrong, at most twenty of a kind: nothing, if all is well.
///
/// # Errors
/// The database's.
pub async fn audit(connection: &mut AsyncPgConnection) -> QueryResult<Vec<Violation>> {
    connection
        .transaction(async |connection| {
            connection.batch_execute(SETTINGS).await?;
            let mut violations = Vec::new();
            for (invariant, check) in CHECKS {
                let findings: Vec<Finding> = sql_query(first_of(check)).load(connection).await?;
                violations.extend(
                    findings
                        .into_iter()
                        .map(|finding| Violation::new(invariant, finding.message)),
                );
            }
            Ok(violations)
        })
        .await
}

/// A limit on the check itself would be planned as if its first findings were near, and there are none.
fn first_of(check: &str) -> String {
    format!("WITH finding AS MATERIALIZED ({check}) SELECT message FROM finding LIMIT 20")
}

#[derive(QueryableByName)]
struct Finding {
    #[diesel(sql_type = Text)]
    message: String,
}

const CHECKS: [(u8, &str); 4] = [
    (1, TRANSFERS_HAVE_TWO_SIDES),
    (1, LEDGER_SUMS_TO_ZERO),
    (2, BALANCES_ARE_SUMS),
    (4, PAYMENTS_ARE_TRANSFERS),
];

/// Every transfer goes between the accounts that its kind tells, and both are in its currency.
const TRANSFERS_HAVE_TWO_SIDES: &str = "
SELECT format('%s %s debits a %s account in %s and credits a %s account in %s', transfers.kind, transfers.id,
    debit.kind, debit.currency, credit.kind, credit.currency) AS message
FROM transfers
LEFT JOIN accounts AS debit ON debit.id = debit_account_id
LEFT JOIN accounts AS credit ON credit.id = credit_account_id
WHERE (transfers.currency, transfers.currency) IS DISTINCT FROM (debit.currency, credit.currency)
    OR (transfers.kind, debit.kind, credit.kind) NOT IN
        (('deposit', 'cash', 'customer'), ('charge', 'customer', 'revenue'), ('refund', 'revenue', 'customer'))";

/// What customers hold by their stored balances is what our own accounts owe by their transfers.
const LEDGER_SUMS_TO_ZERO: &str = "
SELECT format('the ledger in %s sums to %s minor units', currency, sum(minor)) AS message
FROM (
    SELECT currency, balance AS minor FROM accounts WHERE kind = 'customer'
    UNION ALL
    SELECT ours.currency, amount FROM transfers
    JOIN accounts AS ours ON ours.id = credit_account_id AND ours.kind <> 'customer'
    UNION ALL
    SELECT ours.currency, -amount FROM transfers
    JOIN accounts AS ours ON ours.id = debit_account_id AND ours.kind <> 'customer'
) AS side
GROUP BY currency HAVING sum(minor) <> 0";

/// A customer's balance is the sum of the account's entries, which are numbered without a gap and each begin with the
/// balance that the one before left; so the newest one's balance is the account's.
const BALANCES_ARE_SUMS: &str = "
WITH entry AS (
    SELECT customer_account_id, entry_number, balance_after,
        CASE kind WHEN 'charge' THEN -amount ELSE amount END AS change,
        lag(balance_after, 1, 0::bigint) OVER account AS balance_before,
        row_number() OVER account AS place
    FROM transfers WINDOW account AS (PARTITION BY customer_account_id ORDER BY entry_number)
),
computed AS (
    SELECT customer_account_id, count(*) AS entries, sum(change) AS balance, min(entry_number) FILTER (
        WHERE balance_after <> balance_before + change OR balance_after < 0 OR entry_number <> place
    ) AS broken
    FROM entry GROUP BY customer_account_id
)
SELECT format('account %s holds %s after %s entries; there are %s, they sum to %s, and %s', accounts.id,
    accounts.balance, accounts.entry_count, coalesce(entries, 0), coalesce(computed.balance, 0),
    coalesce('number ' || broken || ' does not follow the one before', 'follow each other')) AS message
FROM accounts LEFT JOIN computed ON computed.customer_account_id = accounts.id
WHERE accounts.kind = 'customer' AND (
    broken IS NOT NULL OR accounts.balance < 0
    OR (accounts.balance, accounts.entry_count) IS DISTINCT FROM (coalesce(computed.balance, 0), coalesce(entries, 0))
)";

/// A payment that is charged has its charge, a refunded one also a refund of the same amount to the same account, a void
/// one neither; and no order has transfers without a payment. Payments and transfers are added up by buckets of orders
/// first, by a hash of what they say; only where the sums differ they are joined.
const PAYMENTS_ARE_TRANSFERS: &str = "
WITH said AS (
    SELECT uuid_hash(order_id) & 4095 AS bucket,
        uuid_hash_extended(order_id, uuid_hash_extended(account_id, hashtextextended(currency, amount))) AS hash
    FROM payments WHERE status <> 'void'
    UNION ALL
    SELECT uuid_hash(order_id) & 4095,
        uuid_hash_extended(order_id, uuid_hash_extended(account_id, hashtextextended(currency, -amount)))
    FROM payments WHERE status = 'refunded'
    UNION ALL
    SELECT uuid_hash(order_id) & 4095,
        -uuid_hash_extended(order_id, uuid_hash_extended(customer_account_id,
            hashtextextended(currency, CASE kind WHEN 'refund' THEN -amount ELSE amount END)))
    FROM transfers WHERE order_id IS NOT NULL
),
doubtful AS MATERIALIZED (SELECT bucket FROM said GROUP BY bucket HAVING sum(hash) <> 0),
payment AS (SELECT * FROM payments WHERE uuid_hash(order_id) & 4095 IN (SELECT bucket FROM doubtful)),
transfer AS (SELECT * FROM transfers WHERE uuid_hash(order_id) & 4095 IN (SELECT bucket FROM doubtful))
SELECT format('order %s: payment %s of %s, charged %s, refunded %s', order_id, coalesce(payment.status, 'missing'),
    coalesce(payment.amount, 0), coalesce(charge.amount, 0), coalesce(refund.amount, 0)) AS message
FROM payment
FULL JOIN (SELECT * FROM transfer WHERE kind = 'charge') AS charge USING (order_id)
FULL JOIN (SELECT * FROM transfer WHERE kind = 'refund') AS refund USING (order_id)
WHERE payment.status IS NULL
    OR (payment.account_id, payment.amount, payment.currency)
        IS DISTINCT FROM (charge.customer_account_id, charge.amount, charge.currency)
    OR (refund.id IS NOT NULL) <> (payment.status = 'refunded')
    OR (refund.id IS NOT NULL AND (charge.customer_account_id, charge.amount, charge.currency)
        IS DISTINCT FROM (refund.customer_account_id, refund.amount, refund.currency))";

/// What the ledger says of an order.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Payment {
    /// The order.
    #[diesel(sql_type = Uuid)]
    pub order_id: OrderId,
    /// What was charged, in minor units.
    #[diesel(sql_type = BigInt)]
    pub charged: i64,
    /// What was given back, in minor units.
    #[diesel(sql_type = BigInt)]
    pub refunded: i64,
    /// The code of the currency of both.
    #[diesel(sql_type = Text)]
    pub currency: String,
}

const PAYMENTS: &str = "
SELECT order_id, currency,
    coalesce(sum(amount) FILTER (WHERE kind = 'charge'), 0)::bigint AS charged,
    coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0)::bigint AS refunded
FROM transfers WHERE order_id IS NOT NULL";

/// What was charged and refunded, for every order of these buckets that money was moved for, by order.
///
/// # Errors
/// The database's.
pub async fn payments(connection: &mut AsyncPgConnection, buckets: &[i32]) -> QueryResult<Vec<Payment>> {
    let bucket = bucket("order_id");
    sql_query(format!(
        "{PAYMENTS} AND {bucket} = ANY ($1) GROUP BY order_id, currency ORDER BY order_id"
    ))
    .bind::<Array<Integer>, _>(buckets)
    .load(connection)
    .await
}

/// The digest of the same, of all orders. By their payments, which are one row each: that they are as the transfers say is
/// checked by itself.
///
/// # Errors
/// The database's.
pub async fn digest(connection: &mut AsyncPgConnection) -> QueryResult<Vec<Digest>> {
    let bucket = bucket("order_id");
    let kept = money_hash("order_id", "amount", "0");
    let returned = money_hash("order_id", "amount", "amount");
    sql_query(format!(
        "SELECT {bucket} AS bucket, sum(CASE status WHEN 'charged' THEN {kept} ELSE {returned} END)::text AS digest
         FROM payments WHERE status <> 'void' GROUP BY 1"
    ))
    .load(connection)
    .await
}
