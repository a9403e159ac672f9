\set customer random(1, 10000)
\set departure random(1, :departures)
INSERT INTO orders (customer_id, departure_id, seats, status) VALUES (:customer, :departure, 1, 'PENDING') RETURNING id AS order_id \gset
SELECT price FROM departures WHERE id = :departure \gset
WITH paid AS (UPDATE accounts SET balance = balance - :price WHERE id = :customer RETURNING id) INSERT INTO transfers SELECT :order_id, 'charge', id, :price FROM paid;
WITH held AS (UPDATE departures SET taken = taken + 1 WHERE id = :departure RETURNING id) INSERT INTO reservations SELECT :order_id, id, 1 FROM held;
WITH confirmed AS (UPDATE orders SET status = 'CONFIRMED', total = :price WHERE id = :order_id RETURNING id) INSERT INTO tickets (order_id) SELECT id FROM confirmed;
SELECT status, total, seats FROM orders WHERE id = :order_id;
