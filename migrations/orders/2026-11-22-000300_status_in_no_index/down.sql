ALTER TABLE orders SET (fillfactor = 80);
DROP INDEX orders_by_cancellation;
CREATE INDEX orders_by_cancellation ON orders (cancellation_id, status) WHERE cancellation_id IS NOT NULL;
CREATE INDEX orders_pending ON orders (id) WHERE status = 'PENDING';
CREATE INDEX orders_alive_by_departure ON orders (departure_id, id)
    WHERE status IN ('PENDING', 'CONFIRMED', 'CANCELLING');
