-- Sessions that call nobody with their messages.
CREATE TABLE muted (
    portal  TEXT NOT NULL,
    account TEXT NOT NULL,
    session TEXT NOT NULL,
    PRIMARY KEY (portal, account, session)
) STRICT, WITHOUT ROWID;
