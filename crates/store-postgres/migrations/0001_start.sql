-- Ids are BYTEA of 16 bytes (UUIDv7: they sort by creation), hashes of 32; times are BIGINT milliseconds since 1970;
-- names of states, roles and kinds are TEXT as on the wire and are checked when read.
-- JSON is TEXT: JSONB would sort keys, round numbers and refuse \u0000, and bodies come back as they were written.

-- Which portal the database belongs to: each start takes the next number. See src/database.rs.
CREATE TABLE portal (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    starts   BIGINT  NOT NULL
);
INSERT INTO portal (only_row, starts) VALUES (1, 0);

-- The one-time token of the first start; there is at most one, and none once an organisation exists.
CREATE TABLE set_up (
    only_row   INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    token_hash BYTEA   NOT NULL
);

CREATE TABLE org (
    id         BYTEA  NOT NULL PRIMARY KEY,
    name       TEXT   NOT NULL,
    settings   TEXT   NOT NULL, -- JSON
    created_at BIGINT NOT NULL
);

-- `user` is a word of SQL.
CREATE TABLE account (
    id            BYTEA  NOT NULL PRIMARY KEY,
    email         TEXT   NOT NULL,
    email_key     TEXT   NOT NULL UNIQUE, -- in lower case
    name          TEXT   NOT NULL,
    password_hash TEXT   NOT NULL,
    created_at    BIGINT NOT NULL
);

CREATE TABLE membership (
    user_id BYTEA NOT NULL REFERENCES account (id),
    org_id  BYTEA NOT NULL REFERENCES org (id),
    role    TEXT  NOT NULL,
    PRIMARY KEY (user_id, org_id)
);

CREATE TABLE user_token (
    hash       BYTEA  NOT NULL PRIMARY KEY,
    user_id    BYTEA  NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE session (
    id                BYTEA  NOT NULL PRIMARY KEY,
    org_id            BYTEA  NOT NULL REFERENCES org (id),
    created_by        BYTEA  NOT NULL REFERENCES account (id),
    title             TEXT   NOT NULL,
    created_at        BIGINT NOT NULL,
    ended_at          BIGINT,
    -- Set together, when the transcript is sealed.
    transcript_size   BIGINT,
    transcript_sha256 TEXT,
    sealed_at         BIGINT,
    -- Kept by the append, in its transaction.
    head_seq          BIGINT NOT NULL DEFAULT 0,
    message_count     BIGINT NOT NULL DEFAULT 0
) WITH (fillfactor = 50); -- every append rewrites a row: room for that on the same page, so that no index is touched
CREATE INDEX session_of_org ON session (org_id, id);
CREATE INDEX session_unsealed ON session (ended_at) WHERE ended_at IS NOT NULL AND sealed_at IS NULL;

CREATE TABLE join_secret (
    hash       BYTEA  NOT NULL PRIMARY KEY,
    session_id BYTEA  NOT NULL REFERENCES session (id),
    kind       TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX join_secret_of_session ON join_secret (session_id);

CREATE TABLE participant (
    place      BIGINT  NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY, -- the order they came in
    id         BYTEA   NOT NULL UNIQUE,
    session_id BYTEA   NOT NULL REFERENCES session (id),
    name       TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    user_id    BYTEA   REFERENCES account (id),
    token_hash BYTEA   UNIQUE,
    was_let_in BOOLEAN NOT NULL, -- was admitted at some time, whatever came later
    read_seq   BIGINT  NOT NULL DEFAULT 0, -- everything up to here was read
    UNIQUE (session_id, user_id)
);

-- No REFERENCES to the session: an append holds the session's row while it adds, and sessions are never deleted; a check
-- of each event would be the dearest part of a batch.
CREATE TABLE event (
    session_id BYTEA   NOT NULL,
    seq        BIGINT  NOT NULL,
    id         BYTEA   NOT NULL,
    sender     BYTEA, -- NULL: the portal itself
    at         BIGINT  NOT NULL,
    visibility TEXT    NOT NULL,
    txn_id     BYTEA,
    -- Columns of their own: PostgreSQL's JSON functions fail on a body that has \u0000 in it.
    target     BIGINT, -- the message that an edit, a deletion or a reaction is about
    is_news    BOOLEAN NOT NULL, -- something new for the others
    body       TEXT    NOT NULL, -- JSON
    PRIMARY KEY (session_id, seq)
);
CREATE INDEX event_about ON event (session_id, target) WHERE target IS NOT NULL;
CREATE INDEX event_news ON event (session_id, seq) WHERE is_news;
-- Two NULLs differ in an index, and the portal's own repeats count too.
CREATE UNIQUE INDEX event_txn ON event (session_id, coalesce(sender, ''), txn_id) WHERE txn_id IS NOT NULL;

-- Earlier bodies of rewritten events. No query of a session's log reads it.
CREATE TABLE event_history (
    session_id   BYTEA  NOT NULL,
    seq          BIGINT NOT NULL,
    rewritten_at BIGINT NOT NULL,
    body         TEXT   NOT NULL, -- JSON
    FOREIGN KEY (session_id, seq) REFERENCES event (session_id, seq)
);
CREATE INDEX event_history_of_event ON event_history (session_id, seq);

CREATE TABLE attachment (
    id               BYTEA  NOT NULL PRIMARY KEY,
    upload_id        BYTEA  NOT NULL UNIQUE,
    session_id       BYTEA  NOT NULL REFERENCES session (id),
    sender           BYTEA  NOT NULL REFERENCES participant (id),
    name             TEXT   NOT NULL,
    size             BIGINT NOT NULL,
    received         BIGINT NOT NULL DEFAULT 0, -- bytes known to be safe on disk
    state            TEXT   NOT NULL,
    created_at       BIGINT NOT NULL,
    -- Set when the upload is complete.
    media_type       TEXT,
    sha256           TEXT,
    thumbnail_width  BIGINT,
    thumbnail_height BIGINT,
    -- Set when a message offers it: the message, the place in it, who may see it.
    offered_seq      BIGINT,
    offered_position BIGINT,
    visibility       TEXT,
    erased           BOOLEAN NOT NULL DEFAULT FALSE -- withdrawn, and the bytes are gone
);
CREATE INDEX attachment_to_erase ON attachment (id) WHERE state = 'withdrawn' AND NOT erased;
CREATE INDEX attachment_of_session ON attachment (session_id, offered_seq, offered_position);

CREATE TABLE attachment_recipient (
    attachment_id  BYTEA NOT NULL REFERENCES attachment (id),
    participant_id BYTEA NOT NULL REFERENCES participant (id),
    state          TEXT  NOT NULL,
    PRIMARY KEY (attachment_id, participant_id)
);

CREATE TABLE canned_reply (
    id           BYTEA NOT NULL PRIMARY KEY,
    org_id       BYTEA NOT NULL REFERENCES org (id),
    shortcut     TEXT  NOT NULL,
    shortcut_key TEXT  NOT NULL COLLATE "C", -- in lower case
    text         TEXT  NOT NULL,
    UNIQUE (org_id, shortcut_key)
);

-- Who may see which session: the one place of the rule (rows N13, Z22). A role that is not named here sees nothing.
CREATE VIEW session_access AS
SELECT s.id AS session_id, m.user_id AS user_id
FROM session s
JOIN membership m ON m.org_id = s.org_id
WHERE m.role IN ('super_admin', 'admin', 'technician')
   OR m.role = 'technician_own' AND (
        s.created_by = m.user_id
        OR EXISTS (
            SELECT 1 FROM participant p
            WHERE p.session_id = s.id AND p.user_id = m.user_id AND p.state IN ('admitted', 'left')
        )
   );

-- A session with everything that is shown of it; participants as JSON, in the order they came.
CREATE VIEW session_record AS
SELECT s.id, s.org_id, o.name AS org_name, o.settings, s.title, s.created_at, s.ended_at, s.sealed_at, s.head_seq,
    (
        SELECT coalesce(json_agg(json_build_object(
            'id', encode(p.id, 'hex'), 'name', p.name, 'role', p.role, 'state', p.state,
            'user_id', encode(p.user_id, 'hex')
        ) ORDER BY p.place)::text, '[]')
        FROM participant p WHERE p.session_id = s.id
    ) AS participants,
    (
        SELECT coalesce(json_agg(json_build_object('participant_id', encode(p.id, 'hex'), 'seq', p.read_seq)
            ORDER BY p.place)::text, '[]')
        FROM participant p WHERE p.session_id = s.id AND p.read_seq > 0
    ) AS read_marks
FROM session s
JOIN org o ON o.id = s.org_id;

-- An ended session as Files shows it.
CREATE VIEW files_entry AS
SELECT s.id, s.org_id, s.title, s.created_at, s.ended_at, s.message_count, s.transcript_size, s.transcript_sha256,
    s.sealed_at,
    (SELECT count(*) FROM attachment a WHERE a.session_id = s.id AND a.state = 'offered') AS attachment_count,
    (
        SELECT coalesce(json_agg(p.name ORDER BY p.place)::text, '[]') FROM participant p
        WHERE p.session_id = s.id AND p.was_let_in AND p.role = 'technician'
    ) AS technicians,
    (
        SELECT coalesce(json_agg(p.name ORDER BY p.place)::text, '[]') FROM participant p
        WHERE p.session_id = s.id AND p.was_let_in AND p.role = 'customer'
    ) AS customers
FROM session s
WHERE s.ended_at IS NOT NULL;
