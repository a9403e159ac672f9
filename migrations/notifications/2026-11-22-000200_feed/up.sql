-- What subscribers may replay, for a time.
CREATE TABLE feed_entries (
    -- Grows in the order of commits (see the trigger below): whoever has read up to a position has missed nothing.
    position    bigint      NOT NULL GENERATED ALWAYS AS IDENTITY CONSTRAINT feed_entries_pkey PRIMARY KEY,
    kind        text        NOT NULL
        CONSTRAINT feed_entries_kind_is_known CHECK (kind IN ('NOTIFICATION', 'ORDER', 'DEPARTURE', 'CANCELLATION')),
    -- The notification, order, departure or cancellation.
    subject_id  uuid        NOT NULL,
    -- Whose it is, where it is not for everybody.
    user_id     uuid,
    payload     jsonb       NOT NULL,
    occurred_at timestamptz NOT NULL,
    written_at  timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT feed_entries_owned_where_private CHECK ((kind IN ('NOTIFICATION', 'ORDER')) = (user_id IS NOT NULL))
);

CREATE INDEX feed_entries_by_subject ON feed_entries (subject_id, position);
CREATE INDEX feed_entries_by_user ON feed_entries (user_id, kind, position) WHERE user_id IS NOT NULL;

-- Numbers are drawn when a row is inserted, and rows are seen when their transaction commits: a reader that remembers the
-- highest number seen would miss a lower one that commits later. So writers take turns, from their first number to their
-- commit; a writer inserts its entries last, hence a turn is short. The readers are woken at the commit.
CREATE FUNCTION take_turn_in_feed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(x'66656564'::bigint);
    PERFORM pg_notify('feed_entries', '');
    RETURN NULL;
END
$$;

CREATE TRIGGER feed_entries_in_commit_order BEFORE INSERT ON feed_entries
    FOR EACH STATEMENT EXECUTE FUNCTION take_turn_in_feed();

-- One row: the last position that was deleted. Who has not read so far can no longer resume.
CREATE TABLE feed_horizon (
    only_row bool   NOT NULL DEFAULT true
        CONSTRAINT feed_horizon_pkey PRIMARY KEY
        CONSTRAINT feed_horizon_has_one_row CHECK (only_row),
    position bigint NOT NULL
);

INSERT INTO feed_horizon (position) VALUES (0);
