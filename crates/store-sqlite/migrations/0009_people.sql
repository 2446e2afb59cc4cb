-- People who come, go and are signed in, and what is remembered of it.

-- What people do beside sessions is remembered too: `session_id` can be NULL now. SQLite changes that only by a copy.
CREATE TABLE audit_copy (
    place         INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    org_id        BLOB    NOT NULL REFERENCES org (id),
    at            INTEGER NOT NULL,
    actor         BLOB    REFERENCES user (id), -- NULL: the portal itself
    action        TEXT    NOT NULL,
    session_id    BLOB,
    attachment_id BLOB,
    subject       TEXT    NOT NULL
) STRICT;
INSERT INTO audit_copy (place, org_id, at, actor, action, session_id, attachment_id, subject)
SELECT place, org_id, at, actor, action, session_id, attachment_id, subject FROM audit;
DROP TABLE audit;
ALTER TABLE audit_copy RENAME TO audit;
CREATE INDEX audit_of_org ON audit (org_id, place);
CREATE INDEX audit_of_session ON audit (session_id, at) WHERE session_id IS NOT NULL;
CREATE INDEX audit_of_actor ON audit (org_id, actor, place);
CREATE INDEX audit_of_action ON audit (org_id, action, place);

-- `membership` holds those who may come in, so that no query can let anybody else in. Who was deactivated stands in a table of
-- their own, with what they held.
ALTER TABLE membership ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
UPDATE membership SET since = max(
    (SELECT created_at FROM user WHERE id = user_id), (SELECT created_at FROM org WHERE id = org_id)
);
CREATE TABLE deactivated_member (
    user_id        BLOB    NOT NULL REFERENCES user (id),
    org_id         BLOB    NOT NULL REFERENCES org (id),
    role           TEXT    NOT NULL,
    since          INTEGER NOT NULL,
    deactivated_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, org_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX membership_of_org ON membership (org_id);
CREATE INDEX deactivated_member_of_org ON deactivated_member (org_id);

-- Where people are signed in: what `user_token` was, with what is shown of it.
CREATE TABLE device (
    token_hash   BLOB    NOT NULL PRIMARY KEY,
    id           BLOB    NOT NULL UNIQUE,
    user_id      BLOB    NOT NULL REFERENCES user (id),
    client       TEXT    NOT NULL,
    label        TEXT    NOT NULL, -- empty: an older portal's sign-in that has not been seen since
    address      TEXT,
    signed_in_at INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX device_of_user ON device (user_id);
INSERT INTO device (token_hash, id, user_id, client, label, signed_in_at, last_seen_at, expires_at)
SELECT hash, randomblob(16), user_id, 'browser', '', created_at, created_at, expires_at FROM user_token;
DROP TABLE user_token;

-- One for each address and organisation; a new one takes the place of the old one.
CREATE TABLE invitation (
    id         BLOB    NOT NULL PRIMARY KEY,
    token_hash BLOB    NOT NULL UNIQUE,
    org_id     BLOB    NOT NULL REFERENCES org (id),
    email      TEXT    NOT NULL,
    email_key  TEXT    NOT NULL, -- in lower case
    role       TEXT    NOT NULL,
    invited_by BLOB    NOT NULL REFERENCES user (id),
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    UNIQUE (org_id, email_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE password_reset (
    token_hash BLOB    NOT NULL PRIMARY KEY,
    user_id    BLOB    NOT NULL REFERENCES user (id),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX password_reset_of_user ON password_reset (user_id);
