-- What each worker can drive, written with its lease: names and versions, side by side.
ALTER TABLE saga_workers
    ADD COLUMN definitions text[]    NOT NULL DEFAULT '{}',
    ADD COLUMN versions    integer[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT saga_workers_definitions_have_versions CHECK (cardinality(definitions) = cardinality(versions));

-- Live sagas that no process can drive: workers are there, and none of them knows the definition in this version. They show
-- as parked, and go on by themselves once a worker that knows it comes: nothing in their rows has changed.
CREATE VIEW sagas_unknown AS
SELECT s.id, s.definition, s.version
FROM sagas s
WHERE s.owner IS NULL AND s.status IN ('RUNNING', 'COMPENSATING')
  AND EXISTS (SELECT FROM saga_workers w WHERE w.lease_until > clock_timestamp())
  AND NOT EXISTS (SELECT FROM saga_workers w, unnest(w.definitions, w.versions) AS known (definition, version)
                  WHERE w.lease_until > clock_timestamp()
                    AND known.definition = s.definition AND known.version = s.version);

-- What a person gave up: few, and asked for by what it was about.
CREATE INDEX sagas_abandoned ON sagas (subject) WHERE status = 'ABANDONED';
