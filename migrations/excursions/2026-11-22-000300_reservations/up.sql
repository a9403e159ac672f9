-- The seats of an order on a departure. A row is never removed: a released one, and a void one, refuse a reservation that
-- arrives late. Void is the tombstone of a release that overtook its reservation; it never held a seat.
CREATE TABLE reservations (
    order_id         uuid        NOT NULL CONSTRAINT reservations_pkey PRIMARY KEY,
    departure_id     uuid        NOT NULL CONSTRAINT reservations_departure_fkey REFERENCES departures,
    status           text        NOT NULL
        CONSTRAINT reservations_status_known CHECK (status IN ('held', 'released', 'void')),
    seats            integer     CONSTRAINT reservations_seats_positive CHECK (seats > 0),
    unit_price_minor bigint      CONSTRAINT reservations_unit_price_positive CHECK (unit_price_minor > 0),
    currency         text        CONSTRAINT reservations_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
    created_at       timestamptz NOT NULL DEFAULT now(),
    released_at      timestamptz,
    CONSTRAINT reservations_void_of_nothing CHECK (
        num_nonnulls(seats, unit_price_minor, currency) = CASE status WHEN 'void' THEN 0 ELSE 3 END
    ),
    CONSTRAINT reservations_released_when_not_held CHECK ((released_at IS NULL) = (status = 'held'))
);

COMMENT ON TABLE reservations IS 'The seats of an order on a departure: held, released, or the tombstone of a release.';
