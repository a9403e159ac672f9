-- What all five databases must agree on: who ordered what, and what became of it.

-- The id of the nth thing of a kind.
CREATE FUNCTION pg_temp.id(kind text, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(CASE kind WHEN 'user' THEN 1 WHEN 'account' THEN 2 WHEN 'excursion' THEN 3
                                  WHEN 'departure' THEN 4 WHEN 'order' THEN 5 WHEN 'cancellation' THEN 6
                                  WHEN 'deposit' THEN 7 WHEN 'charge' THEN 8 WHEN 'refund' THEN 9 WHEN 'key' THEN 10
                                  WHEN 'confirmed' THEN 11 WHEN 'rejected' THEN 12 WHEN 'cancelled' THEN 13
                                  WHEN 'welcome' THEN 14 END), 8, '0')
            || '-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid
$$;

SELECT greatest(:orders / 20, 1) AS customers, greatest(:orders / 200, 1) AS departures, :orders / 10 AS sagas \gset

-- A view of whatever the database is asked to hold a part of. Prices are in cents.
CREATE TEMP VIEW filled AS
SELECT n, pg_temp.id('order', n) AS id, c, pg_temp.id('user', c) AS customer, d, pg_temp.id('departure', d) AS departure,
       seats, seats * 2500::bigint AS total,
       CASE (n / :customers + n) % 20 WHEN 0 THEN 'REJECTED' WHEN 1 THEN 'CANCELLED' ELSE 'CONFIRMED' END AS status,
       now() - (:orders - n) * interval '1 second' AS at
FROM (SELECT n, n % :customers AS c, n % :departures AS d, (1 + (n / :departures) % 2)::integer AS seats
      FROM generate_series(1, :orders::bigint) AS n) AS numbered;
