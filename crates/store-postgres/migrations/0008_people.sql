-- People who come, go and are signed in, and what is remembered of it.

-- What people do beside sessions is remembered too.
ALTER TABLE audit ALTER COLUMN session_id DROP NOT NULL;
CREATE INDEX audit_of_actor ON audit (org_id, actor, place);
CREATE INDEX audit_of_action ON audit (org_id, action, place);

-- `membership` holds those who may come in, so that no query can let anybody else in. Who was deactivated stands in a table of
-- their own, with what they held.
ALTER TABLE membership ADD COLUMN since BIGINT NOT NULL DEFAULT 0;
UPDATE membership SET since = greatest(
    (SELECT created_at FROM account WHERE id = user_id), (SELECT created_at FROM org WHERE id = org_id)
);
CREATE TABLE deactivated_member (
    user_id        BYTEA  NOT NULL REFERENCES account (id),
    org_id         BYTEA  NOT NULL REFERENCES org (id),
    role           TEXT   NOT NULL,
    since          BIGINT NOT NULL,
    deactivated_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, org_id)
);
CREATE INDEX membership_of_org ON membership (org_id);
CREATE INDEX deactivated_member_of_org ON deactivated_member (org_id);

-- Where people are signed in: what `user_token` was, with what is shown of it.
CREATE TABLE device (
    token_hash   BYTEA  NOT NULL PRIMARY KEY,
    id           BYTEA  NOT NULL UNIQUE,
    user_id      BYTEA  NOT NULL REFERENCES account (id),
    client       TEXT   NOT NULL,
    label        TEXT   NOT NULL, -- empty: an older portal's sign-in that has not been seen since
    address      TEXT,
    signed_in_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at   BIGINT NOT NULL
);
CREATE INDEX device_of_user ON device (user_id);
INSERT INTO device (token_hash, id, user_id, client, label, signed_in_at, last_seen_at, expires_at)
SELECT hash, uuid_send(gen_random_uuid()), user_id, 'browser', '', created_at, created_at, expires_at FROM user_token;
DROP TABLE user_token;

-- One for each address and organisation; a new one takes the place of the old one.
CREATE TABLE invitation (
    id         BYTEA  NOT NULL PRIMARY KEY,
    token_hash BYTEA  NOT NULL UNIQUE,
    org_id     BYTEA  NOT NULL REFERENCES org (id),
    email      TEXT   NOT NULL,
    email_key  TEXT   NOT NULL, -- in lower case
    role       TEXT   NOT NULL,
    invited_by BYTEA  NOT NULL REFERENCES account (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    UNIQUE (org_id, email_key)
);

CREATE TABLE password_reset (
    token_hash BYTEA  NOT NULL PRIMARY KEY,
    user_id    BYTEA  NOT NULL REFERENCES account (id),
    expires_at BIGINT NOT NULL
);
CREATE INDEX password_reset_of_user ON password_reset (user_id);
