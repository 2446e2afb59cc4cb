-- How far somebody has read in a session, and whether they want to be told of it.
CREATE TABLE attention (
    portal  TEXT NOT NULL,
    account TEXT NOT NULL,
    session TEXT NOT NULL,
    seen    INTEGER NOT NULL DEFAULT 0,
    muted   INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (portal, account, session)
) STRICT, WITHOUT ROWID;
