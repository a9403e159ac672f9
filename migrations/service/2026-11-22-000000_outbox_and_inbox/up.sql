-- Events written in the transaction of the change that they tell of (transactional outbox), until the relay has published
-- them. The first five columns have the names that Debezium's outbox event router expects.
CREATE TABLE outbox (
    -- The event's, and the same each time that it is delivered: made here, and compared by those who consume it.
    id            uuid        NOT NULL,
    aggregatetype text        NOT NULL,
    aggregateid   text        NOT NULL,
    type          text        NOT NULL,
    -- Written once and sent on as it is: to be taken apart for jsonb would cost, and lead to nothing.
    payload       json        NOT NULL,
    -- The order of publication. Whoever writes two events of one aggregate holds a lock on the aggregate's row, so that
    -- they get their positions in the order in which they become visible.
    position      bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT outbox_pkey PRIMARY KEY,
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
