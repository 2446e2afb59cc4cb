-- Direct transfers that are not over: what goes on after the app was killed. What `record` and `piece` say is deskside-direct's
-- own business.
CREATE TABLE direct (
    id         INTEGER PRIMARY KEY,
    portal     TEXT NOT NULL,
    account    TEXT NOT NULL,
    session    TEXT NOT NULL,
    attachment TEXT NOT NULL,
    sending    INTEGER NOT NULL CHECK (sending IN (0, 1)),
    -- JSON.
    record     TEXT NOT NULL,
    UNIQUE (portal, account, session, attachment, sending)
) STRICT;

-- What the engine knows of a transfer, in the order it was learnt.
CREATE TABLE direct_standing (
    id     INTEGER PRIMARY KEY,
    direct INTEGER NOT NULL REFERENCES direct (id) ON DELETE CASCADE,
    piece  BLOB NOT NULL
) STRICT;
CREATE INDEX direct_standing_of ON direct_standing (direct, id);
