-- An order's status changes once or twice in its life, a batch of orders at a time. In no index, and with room on the page
-- for the next version of every row, the change touches no index. What looks for orders that are alive looks by departure.
DROP INDEX orders_alive_by_departure;
DROP INDEX orders_pending;
DROP INDEX orders_by_cancellation;
CREATE INDEX orders_by_cancellation ON orders (cancellation_id) WHERE cancellation_id IS NOT NULL;
ALTER TABLE orders SET (fillfactor = 50);
