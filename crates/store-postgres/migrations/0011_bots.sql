-- Bots: a draft, what was published of it, and secrets under the portal's key.

CREATE TABLE bot (
    id                 BYTEA  NOT NULL PRIMARY KEY,
    org_id             BYTEA  NOT NULL REFERENCES org (id),
    name               TEXT   NOT NULL,
    name_key           TEXT   NOT NULL COLLATE "C", -- in lower case
    settings           TEXT   NOT NULL, -- JSON
    draft              TEXT   NOT NULL, -- JSON
    steps              BIGINT NOT NULL,
    revision           BIGINT NOT NULL,
    changed_at         BIGINT NOT NULL,
    published          BIGINT,          -- the version that customers meet
    published_revision BIGINT,
    UNIQUE (org_id, name_key)
);

CREATE TABLE bot_version (
    bot_id       BYTEA  NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    version      BIGINT NOT NULL,
    flow         TEXT   NOT NULL, -- JSON
    published_at BIGINT NOT NULL,
    published_by TEXT   NOT NULL, -- a name
    PRIMARY KEY (bot_id, version)
);

CREATE TABLE bot_secret (
    id         BYTEA  NOT NULL PRIMARY KEY,
    bot_id     BYTEA  NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    sealed     BYTEA  NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX bot_secret_of ON bot_secret (bot_id);
