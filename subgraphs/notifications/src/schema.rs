//! The tables, as diesel sees them.

diesel::table! {
    recipients (user_id) {
        user_id -> Uuid,
        email -> Text,
        name -> Text,
        registered_at -> Timestamptz,
    }
}

diesel::table! {
    notifications (id) {
        id -> Uuid,
        user_id -> Uuid,
        kind -> Text,
        recipient -> Text,
        subject -> Text,
        body -> Text,
        order_id -> Nullable<Uuid>,
        sent_at -> Timestamptz,
        read_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    departures (id) {
        id -> Uuid,
        title -> Text,
        starts_at -> Timestamptz,
        revision -> BigInt,
    }
}

diesel::table! {
    feed_entries (position) {
        position -> BigInt,
        kind -> Text,
        subject_id -> Uuid,
        user_id -> Nullable<Uuid>,
        payload -> Jsonb,
        occurred_at -> Timestamptz,
        written_at -> Timestamptz,
        traceparent -> Nullable<Text>,
    }
}

diesel::table! {
    feed_horizon (only_row) {
        only_row -> Bool,
        position -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(notifications, feed_entries);
