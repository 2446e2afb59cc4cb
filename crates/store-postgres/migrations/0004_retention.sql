-- What goes, and the note of who looked at what.

DROP INDEX attachment_to_erase;
CREATE INDEX attachment_to_erase ON attachment (id) WHERE state IN ('withdrawn', 'expired') AND NOT erased;
CREATE INDEX session_over ON session (org_id, ended_at) WHERE ended_at IS NOT NULL;

-- Of deleted sessions: bytes that may still be there.
CREATE TABLE file_to_erase (
    id         BYTEA NOT NULL PRIMARY KEY,
    upload_id  BYTEA NOT NULL,
    session_id BYTEA NOT NULL,
    org_id     BYTEA NOT NULL
);

-- Deleted sessions whose transcript and place in the index may still be there.
CREATE TABLE session_to_erase (
    id     BYTEA NOT NULL PRIMARY KEY,
    org_id BYTEA NOT NULL
);

-- Only added to. Sessions and files that it names may be gone.
CREATE TABLE audit (
    place         BIGINT  NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    org_id        BYTEA   NOT NULL REFERENCES org (id),
    at            BIGINT  NOT NULL,
    actor         BYTEA   REFERENCES account (id), -- NULL: the portal itself
    action        TEXT    NOT NULL,
    session_id    BYTEA   NOT NULL,
    attachment_id BYTEA,
    subject       TEXT    NOT NULL
);
CREATE INDEX audit_of_org ON audit (org_id, place);
CREATE INDEX audit_of_session ON audit (session_id, at);
