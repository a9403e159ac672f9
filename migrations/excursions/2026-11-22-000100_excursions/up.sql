-- Text as it is compared and searched: in lower case, and е for ё, as most people type it. The collation is named, so that
-- the result does not hang on the locale of the database.
CREATE FUNCTION folded(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN translate(lower(value COLLATE "und-x-icu"), 'ё', 'е');

-- What is offered.
CREATE TABLE excursions (
    id               uuid        NOT NULL CONSTRAINT excursions_pkey PRIMARY KEY,
    title            text        NOT NULL
        CONSTRAINT excursions_title_length CHECK (char_length(title) BETWEEN 1 AND 200),
    description      text        NOT NULL
        CONSTRAINT excursions_description_length CHECK (char_length(description) BETWEEN 1 AND 10000),
    city             text        NOT NULL
        CONSTRAINT excursions_city_length CHECK (char_length(city) BETWEEN 1 AND 100),
    meeting_point    text
        CONSTRAINT excursions_meeting_point_length CHECK (char_length(meeting_point) BETWEEN 1 AND 500),
    duration_minutes integer     NOT NULL
        CONSTRAINT excursions_duration_bounds CHECK (duration_minutes BETWEEN 1 AND 43200),
    created_at       timestamptz NOT NULL DEFAULT now(),
    created_by       uuid        NOT NULL,
    idempotency_key  uuid        NOT NULL,
    -- SHA-256 of the input that the key was first used with.
    fingerprint      bytea       NOT NULL,
    -- The Russian configuration stems words in Latin letters as English ones. One configuration for both languages, so that
    -- a word which the searcher excludes is excluded in every form: two joined by "or" would find it by the other.
    search           tsvector    NOT NULL GENERATED ALWAYS AS (
        to_tsvector('russian', folded(title || E'\n' || city || E'\n' || description))
    ) STORED,
    CONSTRAINT excursions_created_once UNIQUE (created_by, idempotency_key)
);

CREATE INDEX excursions_by_text ON excursions USING gin (search);
CREATE INDEX excursions_by_city ON excursions (folded(city), id);

COMMENT ON TABLE excursions IS 'What is offered.';
