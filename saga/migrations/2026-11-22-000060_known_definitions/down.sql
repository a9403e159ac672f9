DROP INDEX sagas_abandoned;
DROP VIEW sagas_unknown;
ALTER TABLE saga_workers DROP COLUMN definitions, DROP COLUMN versions;
