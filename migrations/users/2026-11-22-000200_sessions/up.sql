-- A log-in and all refresh tokens that came of it (a token family). A session that ended has no row: nothing can bring it
-- back, and a refresh that runs at the same time finds it gone.
--
-- Whoever changes a session or its tokens locks the session's row first.
CREATE TABLE sessions (
    id         uuid        NOT NULL CONSTRAINT sessions_pkey PRIMARY KEY,
    user_id    uuid        NOT NULL CONSTRAINT sessions_user_fkey REFERENCES users (id) ON DELETE CASCADE,
    started_at timestamptz NOT NULL DEFAULT now(),
    -- Of the newest refresh token.
    expires_at timestamptz NOT NULL,
    CONSTRAINT sessions_expire_later CHECK (expires_at > started_at)
);

COMMENT ON TABLE sessions IS 'Log-ins that have not ended.';

CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- Only hashes: who reads this table cannot log in with it. A used token stays for as long as it would have lived, so that
-- its reuse is seen: then somebody has a copy, and the session ends.
CREATE TABLE refresh_tokens (
    hash       bytea       NOT NULL
                           CONSTRAINT refresh_tokens_pkey PRIMARY KEY
                           CONSTRAINT refresh_tokens_hash_sha256 CHECK (octet_length(hash) = 32),
    session_id uuid        NOT NULL CONSTRAINT refresh_tokens_session_fkey REFERENCES sessions (id) ON DELETE CASCADE,
    issued_at  timestamptz NOT NULL DEFAULT now(),
    used_at    timestamptz
);

COMMENT ON TABLE refresh_tokens IS 'Refresh tokens by their SHA-256, each good for one use.';

-- A session has one token that is good.
CREATE UNIQUE INDEX refresh_tokens_one_unused ON refresh_tokens (session_id) WHERE used_at IS NULL;
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_by_use ON refresh_tokens (used_at) WHERE used_at IS NOT NULL;
