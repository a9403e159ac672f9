DROP VIEW abandoned_orders;
