-- Orders that a person gave up in the middle: nothing goes on with them, and money and seats are as they were at that
-- moment. The saga tells; it is never pruned.
CREATE VIEW abandoned_orders AS
SELECT orders.id FROM orders JOIN sagas ON sagas.subject = orders.id
WHERE sagas.status = 'ABANDONED' AND orders.status IN ('PENDING', 'CANCELLING');
