-- An excursion at a given time.
CREATE TABLE departures (
    id              uuid        NOT NULL CONSTRAINT departures_pkey PRIMARY KEY,
    excursion_id    uuid        NOT NULL CONSTRAINT departures_excursion_fkey REFERENCES excursions,
    starts_at       timestamptz NOT NULL,
    sales_close_at  timestamptz NOT NULL,
    -- Minor units of the currency. The upper bound keeps the total of any order within a bigint.
    price_minor     bigint      NOT NULL CONSTRAINT departures_price_bounds CHECK (price_minor BETWEEN 1 AND 1000000000000),
    currency        text        NOT NULL CONSTRAINT departures_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
    capacity        integer     NOT NULL CONSTRAINT departures_capacity_bounds CHECK (capacity BETWEEN 1 AND 10000),
    -- The sum of the held reservations; changed with them, under a lock on this row.
    seats_taken     integer     NOT NULL DEFAULT 0,
    status          text        NOT NULL DEFAULT 'open'
        CONSTRAINT departures_status_known CHECK (status IN ('open', 'closed', 'cancelling', 'cancelled')),
    -- Grows by one with each change, so that whoever hears of two knows the later.
    revision        bigint      NOT NULL DEFAULT 1 CONSTRAINT departures_revision_positive CHECK (revision > 0),
    created_at      timestamptz NOT NULL DEFAULT now(),
    created_by      uuid        NOT NULL,
    idempotency_key uuid        NOT NULL,
    -- SHA-256 of the input that the key was first used with.
    fingerprint     bytea       NOT NULL,
    CONSTRAINT departures_seats_within_capacity CHECK (0 <= seats_taken AND seats_taken <= capacity),
    CONSTRAINT departures_sales_close_before_start CHECK (sales_close_at <= starts_at),
    CONSTRAINT departures_scheduled_once UNIQUE (created_by, idempotency_key)
-- Room on each page for the next version of a row: seats change often, and no index covers them.
) WITH (fillfactor = 50);

CREATE INDEX departures_by_excursion ON departures (excursion_id, starts_at, id);
CREATE INDEX departures_by_start ON departures (starts_at, id);

COMMENT ON TABLE departures IS 'An excursion at a given time: price, capacity, sales close, status.';
COMMENT ON COLUMN departures.seats_taken IS 'The sum of the seats of the held reservations.';
