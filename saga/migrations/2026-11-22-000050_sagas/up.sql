-- Whoever drives sagas. One heartbeat a worker, not a saga; the clock is the database's.
CREATE TABLE saga_workers (
    id          uuid        NOT NULL CONSTRAINT saga_workers_pkey PRIMARY KEY,
    lease_until timestamptz NOT NULL,
    started_at  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE sagas (
    id                uuid        NOT NULL CONSTRAINT sagas_pkey PRIMARY KEY,
    definition        text        NOT NULL,
    version           integer     NOT NULL,
    -- What the saga is about, and the saga that started it, if any.
    subject           uuid,
    parent            uuid,
    traceparent       text,
    created_at        timestamptz NOT NULL DEFAULT now(),
    -- What it knows: read and written whole, and by nobody but workers. What stands before the first column that a step
    -- changes is not logged again.
    state             json        NOT NULL,
    status            text        NOT NULL,
    direction         text        NOT NULL,
    -- The step whose action, or compensation, is due.
    position          integer     NOT NULL CONSTRAINT sagas_position_not_negative CHECK (position >= 0),
    step              text        NOT NULL,
    attempts          integer     NOT NULL DEFAULT 0 CONSTRAINT sagas_attempts_not_negative CHECK (attempts >= 0),
    step_began_at     timestamptz NOT NULL DEFAULT now(),
    -- Only a retry changes it: the steps of a saga that goes well update no index.
    next_attempt_at   timestamptz NOT NULL DEFAULT now(),
    rejection_code    text,
    rejection_message text,
    last_error        text,
    -- Who drives it, and the fence: each change of hands raises the epoch, every write names it.
    owner             uuid,
    epoch             bigint      NOT NULL DEFAULT 1,
    -- How many entries its journal has.
    entries           integer     NOT NULL,
    updated_at        timestamptz NOT NULL DEFAULT now(),
    ended_at          timestamptz,
    CONSTRAINT sagas_status_known CHECK
        (status IN ('RUNNING', 'COMPENSATING', 'COMPLETED', 'COMPENSATED', 'PARKED', 'ABANDONED')),
    CONSTRAINT sagas_direction_follows_status CHECK
        (CASE status
            WHEN 'RUNNING' THEN direction = 'FORWARD'
            WHEN 'COMPLETED' THEN direction = 'FORWARD'
            WHEN 'COMPENSATING' THEN direction = 'BACKWARD'
            WHEN 'COMPENSATED' THEN direction = 'BACKWARD'
            ELSE direction IN ('FORWARD', 'BACKWARD')
         END),
    CONSTRAINT sagas_only_live_ones_are_owned CHECK (owner IS NULL OR status IN ('RUNNING', 'COMPENSATING')),
    CONSTRAINT sagas_ended_ones_say_when CHECK
        ((ended_at IS NOT NULL) = (status IN ('COMPLETED', 'COMPENSATED', 'ABANDONED')))
) WITH (fillfactor = 70);

-- The claim path: live sagas that nobody drives, by when they are due.
CREATE INDEX sagas_unowned ON sagas (next_attempt_at)
    WHERE owner IS NULL AND status IN ('RUNNING', 'COMPENSATING');
-- Recovery: live sagas by who drives them.
CREATE INDEX sagas_owned ON sagas (owner)
    WHERE owner IS NOT NULL AND status IN ('RUNNING', 'COMPENSATING');
CREATE INDEX sagas_by_subject ON sagas (subject) WHERE subject IS NOT NULL;
CREATE INDEX sagas_by_parent ON sagas (parent) WHERE parent IS NOT NULL;
CREATE INDEX sagas_parked ON sagas (id) WHERE status = 'PARKED';
CREATE INDEX sagas_ended ON sagas (ended_at) WHERE ended_at IS NOT NULL;

-- What happened, in order; never changed.
CREATE TABLE saga_journal (
    saga_id   uuid        NOT NULL,
    entry     integer     NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    epoch     bigint      NOT NULL,
    kind      text        NOT NULL,
    step      text,
    direction text        NOT NULL,
    message   text,
    -- The person behind it, where there is one.
    actor     text,
    CONSTRAINT saga_journal_pkey PRIMARY KEY (saga_id, entry),
    CONSTRAINT saga_journal_kind_known CHECK
        (kind IN ('STARTED', 'STEP_SUCCEEDED', 'STEP_REJECTED', 'STEP_FAILED', 'RETRY_SCHEDULED', 'COMPENSATED',
                  'PARKED', 'RESUMED', 'ABANDONED', 'COMPLETED')),
    CONSTRAINT saga_journal_direction_known CHECK (direction IN ('FORWARD', 'BACKWARD'))
);
