INSERT INTO orders (id, customer_id, departure_id, seats, status, total_minor, currency, starts_at, rejection_code,
                    rejection_message, refunded_minor, idempotency_key, created_at, updated_at)
SELECT id, customer, departure, seats, status, total, 'EUR', now() + interval '30 days',
       CASE status WHEN 'REJECTED' THEN 'SOLD_OUT' END, CASE status WHEN 'REJECTED' THEN 'sold out' END,
       CASE WHEN status <> 'CONFIRMED' THEN total END, id, at, at
FROM filled;

INSERT INTO tickets (id, order_id, code)
SELECT gen_random_uuid(), id, 'FILL-' || n || '-' || seat
FROM filled, generate_series(1, seats) AS seat WHERE status <> 'REJECTED';

INSERT INTO order_cancellations (order_id, saga_id, requested_by, idempotency_key, reason, requested_at)
SELECT id, pg_temp.id('cancellation', n), customer, id, 'ill', at FROM filled WHERE status = 'CANCELLED';

CREATE TEMP TABLE saga AS
SELECT id, id AS subject, 'book-excursion' AS definition, status = 'REJECTED' AS undone, 3 AS position, 'confirm' AS step, at
FROM filled WHERE n > :orders - :sagas
UNION ALL
SELECT pg_temp.id('cancellation', n), id, 'cancel-order', false, 2, 'finish', at
FROM filled WHERE n > :orders - :sagas AND status = 'CANCELLED';

INSERT INTO sagas (id, definition, version, subject, status, direction, position, step, state, entries, created_at, updated_at,
                   ended_at)
SELECT id, definition, 1, subject, CASE WHEN undone THEN 'COMPENSATED' ELSE 'COMPLETED' END,
       CASE WHEN undone THEN 'BACKWARD' ELSE 'FORWARD' END, CASE WHEN undone THEN 0 ELSE position END,
       CASE WHEN undone THEN 'quote' ELSE step END, jsonb_build_object('orderId', subject, 'seats', 1), 6, at, at, at
FROM saga;

INSERT INTO saga_journal (saga_id, entry, at, epoch, kind, step, direction)
SELECT id, entry, at, 1, CASE WHEN entry = 1 THEN 'STARTED' WHEN entry < 6 THEN 'STEP_SUCCEEDED'
                              WHEN undone THEN 'COMPENSATED' ELSE 'COMPLETED' END,
       CASE WHEN entry BETWEEN 2 AND 5 THEN (ARRAY['quote', 'charge', 'reserve', 'confirm'])[entry - 1] END, 'FORWARD'
FROM saga, generate_series(1, 6) AS entry;
