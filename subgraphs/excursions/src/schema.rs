//! The tables. The full-text column of excursions is left out: it is only searched, never read.

diesel::table! {
    excursions (id) {
        id -> Uuid,
        title -> Text,
        description -> Text,
        city -> Text,
        meeting_point -> Nullable<Text>,
        duration_minutes -> Integer,
        created_at -> Timestamptz,
        created_by -> Uuid,
        idempotency_key -> Uuid,
        fingerprint -> Binary,
    }
}

diesel::table! {
    departures (id) {
        id -> Uuid,
        excursion_id -> Uuid,
        starts_at -> Timestamptz,
        sales_close_at -> Timestamptz,
        price_minor -> BigInt,
        currency -> Text,
        capacity -> Integer,
        seats_taken -> Integer,
        status -> Text,
        revision -> BigInt,
        created_at -> Timestamptz,
        created_by -> Uuid,
        idempotency_key -> Uuid,
        fingerprint -> Binary,
    }
}

diesel::table! {
    reservations (order_id) {
        order_id -> Uuid,
        departure_id -> Uuid,
        status -> Text,
        seats -> Nullable<Integer>,
        unit_price_minor -> Nullable<BigInt>,
        currency -> Nullable<Text>,
        created_at -> Timestamptz,
        released_at -> Nullable<Timestamptz>,
    }
}

diesel::joinable!(departures -> excursions (excursion_id));
diesel::joinable!(reservations -> departures (departure_id));
diesel::allow_tables_to_appear_in_same_query!(departures, excursions, reservations);

use diesel::sql_types::Text;

#[diesel::declare_sql_function]
extern "SQL" {
    /// The database's clock, at this very moment: `now()` stands still from the start of a transaction, also while it
    /// waits for a lock.
    fn clock_timestamp() -> Timestamptz;

    /// Text as it is compared and searched.
    fn folded(value: Text) -> Text;
}
