//! What `excursions audit` checks in this database, and what it reads for the invariants between services.

mod books;

use diesel::sql_types::Text;
use diesel::{QueryResult, QueryableByName, sql_query};
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use service::audit::Violation;

pub use books::{AuditedOrder, Expected, expected, orders};

#[derive(QueryableByName)]
struct Finding {
    #[diesel(sql_type = Text)]
    message: String,
}

/// Invariants 5 and 6, and what this database holds of 4: the number, and a query for what violates it.
const CHECKS: [(u8, &str); 6] = [
    (
        4,
        "SELECT format('order %s is CONFIRMED with %s tickets for %s seats', o.id, count(t.id), o.seats) AS message
         FROM orders o LEFT JOIN tickets t ON t.order_id = o.id
         WHERE o.status IN ('CONFIRMED', 'CANCELLING', 'CANCELLED')
         GROUP BY o.id HAVING count(t.id) <> o.seats",
    ),
    (
        4,
        "SELECT format('order %s is %s and has tickets', o.id, o.status) AS message
         FROM orders o WHERE o.status IN ('PENDING', 'REJECTED')
           AND EXISTS (SELECT FROM tickets t WHERE t.order_id = o.id)",
    ),
    (
        5,
        "SELECT format('customer %s has %s orders with the key %s', customer_id, count(*), idempotency_key) AS message
         FROM orders GROUP BY customer_id, idempotency_key HAVING count(*) > 1",
    ),
    (
        6,
        "SELECT format('order %s is %s and no saga goes on with it', o.id, o.status) AS message
         FROM orders o WHERE o.status IN ('PENDING', 'CANCELLING')
           AND NOT EXISTS (SELECT FROM sagas s WHERE s.subject = o.id
                           AND (s.ended_at IS NULL OR s.status = 'ABANDONED'))",
    ),
    (
        6,
        "SELECT format('cancellation %s is RUNNING and no saga goes on with it', c.id) AS message
         FROM cancellations c WHERE c.status = 'RUNNING'
           AND NOT EXISTS (SELECT FROM sagas s WHERE s.id = c.id
                           AND (s.ended_at IS NULL OR s.status = 'ABANDONED'))",
    ),
    (
        6,
        "SELECT format('saga %s (%s) is due since %s and nobody drives it', id, definition, next_attempt_at) AS message
         FROM sagas WHERE status IN ('RUNNING', 'COMPENSATING')
           AND next_attempt_at < clock_timestamp() - interval '1 minute'
           AND NOT EXISTS (SELECT FROM saga_workers w WHERE w.id = owner AND w.lease_until > clock_timestamp())
           AND id NOT IN (SELECT id FROM sagas_unknown)",
    ),
];

/// Checks what this database can tell by itself.
///
/// # Errors
/// The database's.
pub async fn audit(connection: &mut AsyncPgConnection) -> QueryResult<Vec<Violation>> {
    let mut violations = Vec::new();
    for (invariant, check) in CHECKS {
        let findings: Vec<Finding> = sql_query(check).load(connection).await?;
        violations.extend(
            findings
                .into_iter()
                .map(|finding| Violation::new(invariant, finding.message)),
        );
    }
    Ok(violations)
}
