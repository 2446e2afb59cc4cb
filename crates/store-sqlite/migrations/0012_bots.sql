-- Bots: a draft, what was published of it, and secrets under the portal's key.

CREATE TABLE bot (
    id                 BLOB    NOT NULL PRIMARY KEY,
    org_id             BLOB    NOT NULL REFERENCES org (id),
    name               TEXT    NOT NULL,
    name_key           TEXT    NOT NULL, -- in lower case
    settings           TEXT    NOT NULL, -- JSON
    draft              TEXT    NOT NULL, -- JSON
    steps              INTEGER NOT NULL,
    revision           INTEGER NOT NULL,
    changed_at         INTEGER NOT NULL,
    published          INTEGER,          -- the version that customers meet
    published_revision INTEGER,
    UNIQUE (org_id, name_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE bot_version (
    bot_id       BLOB    NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    version      INTEGER NOT NULL,
    flow         TEXT    NOT NULL, -- JSON
    published_at INTEGER NOT NULL,
    published_by TEXT    NOT NULL, -- a name
    PRIMARY KEY (bot_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE bot_secret (
    id         BLOB    NOT NULL PRIMARY KEY,
    bot_id     BLOB    NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    sealed     BLOB    NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX bot_secret_of ON bot_secret (bot_id);
