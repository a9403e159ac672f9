DROP TABLE payments;
DROP TABLE transfers;
DROP FUNCTION refuse_change();
DROP TABLE accounts;
