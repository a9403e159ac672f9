//! The tables.

diesel::table! {
    accounts (id) {
        id -> Uuid,
        owner_id -> Nullable<Uuid>,
        kind -> Text,
        currency -> Text,
        balance -> Nullable<BigInt>,
        entry_count -> Nullable<BigInt>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    transfers (id) {
        id -> Uuid,
        kind -> Text,
        debit_account_id -> Uuid,
        credit_account_id -> Uuid,
        customer_account_id -> Uuid,
        amount -> BigInt,
        currency -> Text,
        order_id -> Nullable<Uuid>,
        idempotency_key -> Nullable<Uuid>,
        entry_number -> BigInt,
        balance_after -> BigInt,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    payments (order_id) {
        order_id -> Uuid,
        status -> Text,
        account_id -> Nullable<Uuid>,
        amount -> Nullable<BigInt>,
        currency -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}
