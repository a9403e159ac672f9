//! What the engine books on: departures with room for everybody, accounts with money for ever.

use service::id::{DepartureId, UserId};
use uuid::Uuid;

use crate::Error;
use crate::server::Database;

/// How many departures there are, on the floor too.
pub const DEPARTURES: usize = 1_000;
/// How many customers there are, on the floor too.
pub const CUSTOMERS: usize = 10_000;

/// Everybody has paid in; the books are in order.
const ACCOUNTS: &str = "
INSERT INTO accounts (id, kind, currency) VALUES
    (gen_random_uuid(), 'cash', 'EUR'), (gen_random_uuid(), 'revenue', 'EUR');
INSERT INTO accounts (id, owner_id, kind, currency, balance, entry_count)
    SELECT gen_random_uuid(), lpad(n::text, 32, '0')::uuid, 'customer', 'EUR', 1000000000000, 1
    FROM generate_series(1, 10000) n;
INSERT INTO transfers (id, kind, debit_account_id, credit_account_id, amount, currency, idempotency_key,
                       entry_number, balance_after)
    SELECT gen_random_uuid(), 'deposit', cash.id, customer.id, 1000000000000, 'EUR', gen_random_uuid(), 1, 1000000000000
    FROM accounts customer, accounts cash WHERE customer.kind = 'customer' AND cash.kind = 'cash';
ANALYZE";

/// More seats than a departure may have: the floor's departures have no end either.
const DEPARTING: &str = "
ALTER TABLE departures DROP CONSTRAINT departures_capacity_bounds;
INSERT INTO excursions (id, title, description, city, duration_minutes, created_by, idempotency_key, fingerprint)
    VALUES (gen_random_uuid(), 'Old town', 'A walk', 'Riga', 120, gen_random_uuid(), gen_random_uuid(), '');
INSERT INTO departures (id, excursion_id, starts_at, sales_close_at, price_minor, currency, capacity, created_by,
                        idempotency_key, fingerprint)
    SELECT lpad(n::text, 32, '0')::uuid, excursions.id, now() + interval '7 days', now() + interval '6 days', 2500, 'EUR',
           1000000000, gen_random_uuid(), gen_random_uuid(), ''
    FROM excursions, generate_series(1, 1000) n;
ANALYZE";

/// Fills billing's database.
///
/// # Errors
/// The server's.
pub async fn open_accounts(billing: &Database) -> Result<(), Error> {
    billing.run(ACCOUNTS).await
}

/// Fills excursions' database.
///
/// # Errors
/// The server's.
pub async fn schedule_departures(excursions: &Database) -> Result<(), Error> {
    excursions.run(DEPARTING).await
}

/// Schedules one more departure, as the first.
///
/// # Errors
/// The server's.
pub async fn schedule_another(excursions: &Database, number: usize) -> Result<DepartureId, Error> {
    let like_the_first = format!(
        "INSERT INTO departures (id, excursion_id, starts_at, sales_close_at, price_minor, currency, capacity, created_by,
                                 idempotency_key, fingerprint)
         SELECT lpad('{number}', 32, '0')::uuid, excursion_id, starts_at, sales_close_at, price_minor, currency, capacity,
                created_by, gen_random_uuid(), fingerprint
         FROM departures ORDER BY id LIMIT 1"
    );
    excursions.run(&like_the_first).await?;
    Ok(departure(number))
}

/// A customer, 1 to [`CUSTOMERS`].
#[must_use]
pub fn customer(number: usize) -> UserId {
    numbered(number).into()
}

/// A departure, 1 to [`DEPARTURES`].
#[must_use]
pub fn departure(number: usize) -> DepartureId {
    numbered(number).into()
}

/// As SQL makes it: the number's decimal digits, read as hexadecimal ones.
fn numbered(number: usize) -> Uuid {
    let digits = u128::from_str_radix(&number.to_string(), 16).unwrap_or_default();
    Uuid::from_u128(digits)
}
