//! The tables as Diesel knows them.

diesel::table! {
    orders (id) {
        id -> Uuid,
        customer_id -> Uuid,
        departure_id -> Uuid,
        seats -> Integer,
        status -> Text,
        total_minor -> Nullable<BigInt>,
        currency -> Nullable<Text>,
        starts_at -> Nullable<Timestamptz>,
        rejection_code -> Nullable<Text>,
        rejection_message -> Nullable<Text>,
        refunded_minor -> Nullable<BigInt>,
        cancellation_id -> Nullable<Uuid>,
        idempotency_key -> Uuid,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    tickets (order_id, id) {
        id -> Uuid,
        order_id -> Uuid,
        code -> Text,
    }
}

diesel::table! {
    order_cancellations (order_id) {
        order_id -> Uuid,
        saga_id -> Uuid,
        requested_by -> Uuid,
        idempotency_key -> Uuid,
        reason -> Nullable<Text>,
        requested_at -> Timestamptz,
    }
}

diesel::table! {
    cancellations (id) {
        id -> Uuid,
        departure_id -> Uuid,
        requested_by -> Uuid,
        idempotency_key -> Uuid,
        reason -> Text,
        status -> Text,
        orders_total -> Integer,
        orders_cancelled -> Integer,
        revision -> BigInt,
        started_at -> Timestamptz,
        finished_at -> Nullable<Timestamptz>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(orders, tickets, order_cancellations, cancellations);
