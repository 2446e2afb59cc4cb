-- What survives a kill of the app. Tokens are not here: they are in the vault.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Commands that are not in a session's log yet. `account` keeps one person's messages from being sent as another's.
CREATE TABLE outbox (
    portal  TEXT NOT NULL,
    account TEXT NOT NULL,
    session TEXT NOT NULL,
    txn_id  TEXT NOT NULL,
    place   INTEGER NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (portal, account, session, txn_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE drafts (
    portal  TEXT NOT NULL,
    account TEXT NOT NULL,
    session TEXT NOT NULL,
    text    TEXT NOT NULL,
    PRIMARY KEY (portal, account, session)
) STRICT, WITHOUT ROWID;

-- Sessions that this computer is in as a customer.
CREATE TABLE guests (
    session   TEXT PRIMARY KEY,
    portal    TEXT NOT NULL,
    joined_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
