DROP TABLE saga_journal;
DROP TABLE sagas;
DROP TABLE saga_workers;
