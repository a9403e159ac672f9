\set cancelled :cancelled + 1
\set order_id :first + :client_id * :share + :cancelled
UPDATE orders SET status = 'CANCELLING' WHERE id = :order_id AND status = 'CONFIRMED' RETURNING customer_id, departure_id, total, seats \gset
WITH paid AS (UPDATE accounts SET balance = balance + :total WHERE id = :customer_id RETURNING id) INSERT INTO transfers SELECT :order_id, 'refund', id, :total FROM paid;
WITH released AS (DELETE FROM reservations WHERE order_id = :order_id RETURNING departure_id, seats) UPDATE departures SET taken = taken - released.seats FROM released WHERE id = released.departure_id;
UPDATE orders SET status = 'CANCELLED' WHERE id = :order_id AND status = 'CANCELLING';
