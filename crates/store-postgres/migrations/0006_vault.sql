-- Sealed vaults, chained by organisation; holds; when somebody was last there.

-- When somebody was last connected; 0: nobody was seen yet, what happened last counts.
ALTER TABLE session ADD COLUMN last_present_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX session_not_over ON session (org_id) WHERE ended_at IS NULL;

-- A held session is not deleted, by time or by people. Set and cleared together.
ALTER TABLE session ADD COLUMN hold_reason TEXT;
ALTER TABLE session ADD COLUMN hold_by BYTEA REFERENCES account (id);
ALTER TABLE session ADD COLUMN hold_at BIGINT;

CREATE VIEW session_held AS
SELECT s.id AS session_id, s.hold_reason AS reason, u.name AS held_by, s.hold_at AS held_at
FROM session s JOIN account u ON u.id = s.hold_by;

-- The forms of a session's transcript; session.transcript_size and transcript_sha256 are those of the text.
CREATE TABLE transcript (
    session_id BYTEA  NOT NULL REFERENCES session (id),
    format     TEXT   NOT NULL,
    size       BIGINT NOT NULL,
    sha256     TEXT   NOT NULL,
    PRIMARY KEY (session_id, format)
);

-- One chain for each organisation: every manifest names the hash of the one before. Only added to. Its session may be gone.
CREATE TABLE manifest (
    org_id     BYTEA   NOT NULL REFERENCES org (id),
    place      BIGINT  NOT NULL, -- 1, 2, 3 ... without a gap
    session_id BYTEA   NOT NULL,
    part       INTEGER NOT NULL, -- 1 when the session is sealed; 2 ... what joined later
    size       BIGINT  NOT NULL,
    sha256     TEXT    NOT NULL,
    sealed_at  BIGINT  NOT NULL,
    erased     BOOLEAN NOT NULL DEFAULT FALSE, -- the session was deleted, and its files with it
    PRIMARY KEY (org_id, place),
    UNIQUE (session_id, part)
);

-- The manifest that names the file, once it is being written.
ALTER TABLE attachment ADD COLUMN manifest_part INTEGER;
-- That manifest stands in the chain.
ALTER TABLE attachment ADD COLUMN listed BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX attachment_unlisted ON attachment (session_id)
WHERE NOT listed AND direct_kind IS NULL AND state IN ('offered', 'expired');

-- What was sealed before there were manifests is sealed again, by the same log.
UPDATE session SET transcript_size = NULL, transcript_sha256 = NULL, sealed_at = NULL WHERE sealed_at IS NOT NULL;

-- Open sessions, since when nobody was there and nothing happened, and whether they were used at all.
CREATE VIEW session_idle AS
SELECT s.id, s.org_id,
    greatest(
        s.created_at, s.last_present_at,
        coalesce((SELECT e.at FROM event e WHERE e.session_id = s.id AND e.seq = s.head_seq), 0)
    ) AS last_at,
    EXISTS (SELECT 1 FROM participant p WHERE p.session_id = s.id AND p.role = 'customer') AS customer_came,
    s.message_count > 0
        OR EXISTS (SELECT 1 FROM event e WHERE e.session_id = s.id AND e.target IS NOT NULL)
        OR EXISTS (SELECT 1 FROM attachment a WHERE a.session_id = s.id) AS something_said,
    coalesce((SELECT max(j.expires_at) FROM join_secret j WHERE j.session_id = s.id), 0) AS open_until
FROM session s
WHERE s.ended_at IS NULL;
