-- Who can be written to: what the events of users told.
CREATE TABLE recipients (
    user_id       uuid        NOT NULL CONSTRAINT recipients_pkey PRIMARY KEY,
    email         text        NOT NULL,
    name          text        NOT NULL,
    registered_at timestamptz NOT NULL
);

-- E-mails: a row is one that was sent.
CREATE TABLE notifications (
    id        uuid        NOT NULL CONSTRAINT notifications_pkey PRIMARY KEY,
    user_id   uuid        NOT NULL CONSTRAINT notifications_to_a_known_recipient REFERENCES recipients,
    kind      text        NOT NULL
        CONSTRAINT notifications_kind_is_known
        CHECK (kind IN ('WELCOME', 'ORDER_CONFIRMED', 'ORDER_REJECTED', 'ORDER_CANCELLED')),
    -- The address at the time.
    recipient text        NOT NULL,
    subject   text        NOT NULL,
    body      text        NOT NULL,
    order_id  uuid,
    sent_at   timestamptz NOT NULL,
    read_at   timestamptz,
    CONSTRAINT notifications_about_an_order_unless_welcome CHECK ((kind = 'WELCOME') = (order_id IS NULL)),
    CONSTRAINT notifications_once_per_order_and_kind UNIQUE (order_id, kind)
);

-- The other half of "exactly one mail of its kind".
CREATE UNIQUE INDEX notifications_one_welcome_per_user ON notifications (user_id) WHERE kind = 'WELCOME';
-- A mailbox, newest first: ids grow with time.
CREATE INDEX notifications_by_user ON notifications (user_id, id);
CREATE INDEX notifications_unread_by_user ON notifications (user_id) WHERE read_at IS NULL;

-- What mails say about a departure, and how new what we know of it is.
CREATE TABLE departures (
    id        uuid        NOT NULL CONSTRAINT departures_pkey PRIMARY KEY,
    title     text        NOT NULL,
    starts_at timestamptz NOT NULL,
    -- Grows by one with each change, so that what is older can be told from what is newer.
    revision  bigint      NOT NULL
);
