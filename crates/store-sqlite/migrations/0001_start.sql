-- Ids are BLOBs of 16 bytes (UUIDv7: they sort by creation), hashes of 32; times are INTEGER milliseconds since 1970;
-- names of states, roles and kinds are TEXT as on the wire and are checked when read: a CHECK could not be changed later
-- without copying the table.

-- The one-time token of the first start; there is at most one, and none once an organisation exists.
CREATE TABLE set_up (
    only_row   INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    token_hash BLOB    NOT NULL
) STRICT;

CREATE TABLE org (
    id         BLOB    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    settings   TEXT    NOT NULL, -- JSON
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE user (
    id            BLOB    NOT NULL PRIMARY KEY,
    email         TEXT    NOT NULL,
    email_key     TEXT    NOT NULL UNIQUE, -- in lower case
    name          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE membership (
    user_id BLOB NOT NULL REFERENCES user (id),
    org_id  BLOB NOT NULL REFERENCES org (id),
    role    TEXT NOT NULL,
    PRIMARY KEY (user_id, org_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE user_token (
    hash       BLOB    NOT NULL PRIMARY KEY,
    user_id    BLOB    NOT NULL REFERENCES user (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    id                BLOB    NOT NULL PRIMARY KEY,
    org_id            BLOB    NOT NULL REFERENCES org (id),
    created_by        BLOB    NOT NULL REFERENCES user (id),
    title             TEXT    NOT NULL,
    created_at        INTEGER NOT NULL,
    ended_at          INTEGER,
    -- Set together, when the transcript is sealed.
    transcript_size   INTEGER,
    transcript_sha256 TEXT,
    sealed_at         INTEGER,
    -- Kept by the append, in its transaction.
    head_seq          INTEGER NOT NULL DEFAULT 0,
    message_count     INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX session_of_org ON session (org_id, id);
CREATE INDEX session_unsealed ON session (ended_at) WHERE ended_at IS NOT NULL AND sealed_at IS NULL;

CREATE TABLE join_secret (
    hash       BLOB    NOT NULL PRIMARY KEY,
    session_id BLOB    NOT NULL REFERENCES session (id),
    kind       TEXT    NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX join_secret_of_session ON join_secret (session_id);

CREATE TABLE participant (
    place      INTEGER NOT NULL PRIMARY KEY, -- the order they came in
    id         BLOB    NOT NULL UNIQUE,
    session_id BLOB    NOT NULL REFERENCES session (id),
    name       TEXT    NOT NULL,
    role       TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    user_id    BLOB    REFERENCES user (id),
    token_hash BLOB    UNIQUE,
    was_let_in INTEGER NOT NULL, -- 1: was admitted at some time, whatever came later
    UNIQUE (session_id, user_id)
) STRICT;

CREATE TABLE event (
    session_id BLOB    NOT NULL REFERENCES session (id),
    seq        INTEGER NOT NULL,
    id         BLOB    NOT NULL,
    sender     BLOB, -- NULL: the portal itself
    at         INTEGER NOT NULL,
    visibility TEXT    NOT NULL,
    txn_id     BLOB,
    body       TEXT    NOT NULL, -- JSON
    PRIMARY KEY (session_id, seq)
) STRICT;
-- Two NULLs differ in an index, and the portal's own repeats count too.
CREATE UNIQUE INDEX event_txn ON event (session_id, ifnull(sender, x''), txn_id) WHERE txn_id IS NOT NULL;

-- Earlier bodies of rewritten events. No query of a session's log reads it.
CREATE TABLE event_history (
    session_id   BLOB    NOT NULL,
    seq          INTEGER NOT NULL,
    rewritten_at INTEGER NOT NULL,
    body         TEXT    NOT NULL, -- JSON
    FOREIGN KEY (session_id, seq) REFERENCES event (session_id, seq)
) STRICT;
CREATE INDEX event_history_of_event ON event_history (session_id, seq);

CREATE TABLE attachment (
    id               BLOB    NOT NULL PRIMARY KEY,
    upload_id        BLOB    NOT NULL UNIQUE,
    session_id       BLOB    NOT NULL REFERENCES session (id),
    sender           BLOB    NOT NULL REFERENCES participant (id),
    name             TEXT    NOT NULL,
    size             INTEGER NOT NULL,
    received         INTEGER NOT NULL DEFAULT 0, -- bytes known to be safe on disk
    state            TEXT    NOT NULL,
    created_at       INTEGER NOT NULL,
    -- Set when the upload is complete.
    media_type       TEXT,
    sha256           TEXT,
    thumbnail_width  INTEGER,
    thumbnail_height INTEGER,
    -- Set when a message offers it: the message, the place in it, who may see it.
    offered_seq      INTEGER,
    offered_position INTEGER,
    visibility       TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX attachment_of_session ON attachment (session_id, offered_seq, offered_position);

CREATE TABLE attachment_recipient (
    attachment_id  BLOB NOT NULL REFERENCES attachment (id),
    participant_id BLOB NOT NULL REFERENCES participant (id),
    state          TEXT NOT NULL,
    PRIMARY KEY (attachment_id, participant_id)
) STRICT, WITHOUT ROWID;

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
        SELECT json_group_array(json_object(
            'id', lower(hex(p.id)), 'name', p.name, 'role', p.role, 'state', p.state,
            'user_id', CASE WHEN p.user_id IS NULL THEN NULL ELSE lower(hex(p.user_id)) END
        ))
        FROM (SELECT * FROM participant WHERE session_id = s.id ORDER BY place) p
    ) AS participants
FROM session s
JOIN org o ON o.id = s.org_id;

-- An ended session as Files shows it.
CREATE VIEW files_entry AS
SELECT s.id, s.org_id, s.title, s.created_at, s.ended_at, s.message_count, s.transcript_size, s.transcript_sha256,
    s.sealed_at,
    (SELECT count(*) FROM attachment a WHERE a.session_id = s.id AND a.state = 'offered') AS attachment_count,
    (
        SELECT json_group_array(p.name)
        FROM (SELECT name FROM participant
              WHERE session_id = s.id AND was_let_in AND role = 'technician' ORDER BY place) p
    ) AS technicians,
    (
        SELECT json_group_array(p.name)
        FROM (SELECT name FROM participant
              WHERE session_id = s.id AND was_let_in AND role = 'customer' ORDER BY place) p
    ) AS customers
FROM session s
WHERE s.ended_at IS NOT NULL;
