CREATE TABLE users (
    id            uuid        NOT NULL CONSTRAINT users_pkey PRIMARY KEY,
    -- As the user wrote it. The collation "C" makes lower() below fold A to Z and nothing else, the same in every locale;
    -- an address is ASCII.
    email         text        NOT NULL COLLATE "C"
                              CONSTRAINT users_email_length CHECK (char_length(email) BETWEEN 3 AND 254)
                              CONSTRAINT users_email_ascii CHECK (octet_length(email) = char_length(email)),
    name          text        NOT NULL
                              CONSTRAINT users_name_length CHECK (char_length(name) BETWEEN 1 AND 100),
    role          text        NOT NULL
                              CONSTRAINT users_role_known CHECK (role IN ('CUSTOMER', 'OPERATOR', 'ADMIN')),
    -- A PHC string: it names its own parameters, so that they can change while older hashes stay good. The check keeps a
    -- password in plain text out, whatever went wrong before.
    password_hash text        NOT NULL
                              CONSTRAINT users_password_hash_argon2id CHECK (password_hash LIKE '$argon2id$%'),
    created_at    timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE users IS 'Who can log in.';

-- One person is not two by a capital letter.
CREATE UNIQUE INDEX users_email_unique ON users (lower(email));

-- Few rows of many: a change of roles asks whether another administrator is left.
CREATE INDEX users_admins ON users (id) WHERE role = 'ADMIN';
