INSERT INTO excursions (id, title, description, city, duration_minutes, created_by, idempotency_key, fingerprint)
SELECT pg_temp.id('excursion', e), 'Excursion ' || e, 'A walk, number ' || e, 'City ' || e % 50, 90,
       pg_temp.id('user', 0), pg_temp.id('excursion', e), ''
FROM generate_series(0, 199) AS e;

INSERT INTO departures (id, excursion_id, starts_at, sales_close_at, price_minor, currency, capacity, seats_taken, created_by,
                        idempotency_key, fingerprint)
SELECT departure, pg_temp.id('excursion', d % 200), now() + interval '30 days', now() + interval '30 days', 2500, 'EUR', 10000,
       coalesce(sum(seats) FILTER (WHERE status = 'CONFIRMED'), 0), pg_temp.id('user', 0), departure, ''
FROM filled GROUP BY d, departure;

-- Rejected ones were sold out: nothing was reserved.
INSERT INTO reservations (order_id, departure_id, status, seats, unit_price_minor, currency, created_at, released_at)
SELECT id, departure, CASE status WHEN 'CONFIRMED' THEN 'held' ELSE 'released' END, seats, 2500, 'EUR', at,
       CASE status WHEN 'CANCELLED' THEN at END
FROM filled WHERE status <> 'REJECTED';
