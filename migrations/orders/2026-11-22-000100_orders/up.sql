-- The undoing of a departure, as its operator asked for it. There is one a departure.
CREATE TABLE cancellations (
    id               uuid        NOT NULL CONSTRAINT cancellations_pkey PRIMARY KEY,
    departure_id     uuid        NOT NULL CONSTRAINT cancellations_one_per_departure UNIQUE,
    requested_by     uuid        NOT NULL,
    idempotency_key  uuid        NOT NULL,
    reason           text        NOT NULL,
    status           text        NOT NULL DEFAULT 'RUNNING'
        CONSTRAINT cancellations_status_known CHECK (status IN ('RUNNING', 'COMPLETED')),
    orders_total     integer     NOT NULL DEFAULT 0,
    orders_cancelled integer     NOT NULL DEFAULT 0,
    -- Grows by one with each change that is published.
    revision         bigint      NOT NULL DEFAULT 0,
    started_at       timestamptz NOT NULL DEFAULT now(),
    finished_at      timestamptz,
    CONSTRAINT cancellations_one_per_operator_and_key UNIQUE (requested_by, idempotency_key),
    CONSTRAINT cancellations_not_more_than_all CHECK (orders_cancelled BETWEEN 0 AND orders_total),
    CONSTRAINT cancellations_completed_ones_are_whole CHECK
        (status = 'RUNNING' OR (finished_at IS NOT NULL AND orders_cancelled = orders_total))
);

CREATE TABLE orders (
    id                uuid        NOT NULL CONSTRAINT orders_pkey PRIMARY KEY,
    customer_id       uuid        NOT NULL,
    departure_id      uuid        NOT NULL,
    seats             integer     NOT NULL CONSTRAINT orders_seats_positive CHECK (seats > 0),
    status            text        NOT NULL DEFAULT 'PENDING'
        CONSTRAINT orders_status_known CHECK (status IN ('PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLING', 'CANCELLED')),
    total_minor       bigint,
    currency          text,
    starts_at         timestamptz,
    rejection_code    text,
    rejection_message text,
    -- What the customer got back, if anything.
    refunded_minor    bigint      CONSTRAINT orders_refunded_positive CHECK (refunded_minor > 0),
    -- The cancellation of the departure that undoes, or undid, this order.
    cancellation_id   uuid        CONSTRAINT orders_cancellation_fkey REFERENCES cancellations (id),
    idempotency_key   uuid        NOT NULL,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz NOT NULL DEFAULT now(),
    -- Idempotent Receiver: a repeated request finds the order that it made.
    CONSTRAINT orders_one_per_customer_and_key UNIQUE (customer_id, idempotency_key),
    CONSTRAINT orders_total_has_a_currency CHECK ((total_minor IS NULL) = (currency IS NULL)),
    CONSTRAINT orders_confirmed_ones_have_a_total CHECK
        (status IN ('PENDING', 'REJECTED') OR (total_minor IS NOT NULL AND starts_at IS NOT NULL)),
    CONSTRAINT orders_rejected_ones_say_why CHECK
        ((status = 'REJECTED') = (rejection_code IS NOT NULL AND rejection_message IS NOT NULL)),
    -- No more comes back than was taken; nothing comes back while it is still taken.
    CONSTRAINT orders_refund_is_the_total CHECK
        (refunded_minor IS NULL OR (refunded_minor = total_minor AND status IN ('REJECTED', 'CANCELLED')))
) WITH (fillfactor = 80);

CREATE INDEX orders_by_customer ON orders (customer_id, id);
CREATE INDEX orders_by_departure ON orders (departure_id, id);
-- What a cancellation still has to undo.
CREATE INDEX orders_alive_by_departure ON orders (departure_id, id)
    WHERE status IN ('PENDING', 'CONFIRMED', 'CANCELLING');
CREATE INDEX orders_by_cancellation ON orders (cancellation_id, status) WHERE cancellation_id IS NOT NULL;
CREATE INDEX orders_pending ON orders (id) WHERE status = 'PENDING';

CREATE TABLE tickets (
    id       uuid NOT NULL,
    order_id uuid NOT NULL CONSTRAINT tickets_order_fkey REFERENCES orders (id),
    -- What the customer shows at the meeting point.
    code     text NOT NULL CONSTRAINT tickets_code_unique UNIQUE,
    CONSTRAINT tickets_pkey PRIMARY KEY (order_id, id)
);

-- The undoing of one order, as its customer, or an operator, asked for it. There is one an order.
CREATE TABLE order_cancellations (
    order_id        uuid        NOT NULL CONSTRAINT order_cancellations_pkey PRIMARY KEY
        CONSTRAINT order_cancellations_order_fkey REFERENCES orders (id),
    saga_id         uuid        NOT NULL,
    requested_by    uuid        NOT NULL,
    idempotency_key uuid        NOT NULL,
    reason          text,
    requested_at    timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT order_cancellations_one_per_caller_and_key UNIQUE (requested_by, idempotency_key)
);
