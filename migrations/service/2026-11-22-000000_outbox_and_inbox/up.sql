-- Events written in the transaction of the change that they tell of (transactional outbox), until the relay has published
-- them. The first five columns have the names that Debezium's outbox event router expects.
CREATE TABLE outbox (
    id            uuid        NOT NULL CONSTRAINT outbox_pkey PRIMARY KEY,
    aggregatetype text        NOT NULL,
    aggregateid   text        NOT NULL,
    type          text        NOT NULL,
    payload       jsonb       NOT NULL,
    -- The order of publication. Whoever writes two events of one aggregate holds a lock on the aggregate's row, so that
    -- they get their positions in the order in which they become visible.
    position      bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT outbox_position_unique UNIQUE,
    traceparent   text,
    created_at    timestamptz NOT NULL DEFAULT now()
);

-- Events that have taken effect here (idempotent consumer).
CREATE TABLE inbox (
    consumer    text        NOT NULL,
    event_id    uuid        NOT NULL,
    consumed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT inbox_pkey PRIMARY KEY (consumer, event_id)
);

CREATE INDEX inbox_by_age ON inbox (consumed_at);
