-- Files on their way to a portal, until a message names them: what goes on after the app was killed.
CREATE TABLE uploads (
    portal     TEXT NOT NULL,
    account    TEXT NOT NULL,
    session    TEXT NOT NULL,
    attachment TEXT NOT NULL,
    upload     TEXT NOT NULL,
    path       TEXT NOT NULL,
    size       INTEGER NOT NULL,
    -- Nanoseconds after 1970 when the file was changed last, as it was chosen; two versions are never spliced.
    modified   INTEGER NOT NULL,
    PRIMARY KEY (portal, account, session, attachment)
) STRICT, WITHOUT ROWID;
