DROP TABLE order_cancellations;
DROP TABLE tickets;
DROP TABLE orders;
DROP TABLE cancellations;
