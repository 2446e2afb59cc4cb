-- Files as people look through it: one narrow row per session that is over, what it stores by kind, and the technician's report.

-- When participants first asked to come in, were first let in, and went for good.
ALTER TABLE participant ADD COLUMN came_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE participant ADD COLUMN joined_at BIGINT;
ALTER TABLE participant ADD COLUMN left_at BIGINT;
UPDATE participant SET
    came_at = t.came_at,
    joined_at = t.joined_at,
    left_at = CASE WHEN state IN ('left', 'removed') THEN t.left_at END
FROM (
    SELECT decode(coalesce(body::json #>> '{participant,id}', body::json ->> 'participant_id'), 'hex') AS id,
        min(at) AS came_at,
        min(CASE WHEN body::json ->> 'type' = 'participant_joined' THEN at END) AS joined_at,
        max(CASE WHEN body::json ->> 'type' IN ('participant_left', 'participant_removed') THEN at END) AS left_at
    FROM event WHERE starts_with(body, '{"type":"participant_') GROUP BY 1
) t WHERE t.id = participant.id;
CREATE INDEX participant_of_user ON participant (user_id, session_id) WHERE user_id IS NOT NULL;
CREATE INDEX session_of_creator ON session (created_by, id);
CREATE INDEX session_open ON session (org_id, created_at) WHERE ended_at IS NULL;

-- What `session_access` calls somebody's own, found from the person: it narrows a search, and never grants.
CREATE VIEW session_own AS
SELECT created_by AS user_id, id AS session_id FROM session
UNION ALL
SELECT user_id, session_id FROM participant WHERE user_id IS NOT NULL AND state IN ('admitted', 'left');

CREATE TABLE report (
    session_id BYTEA  NOT NULL PRIMARY KEY REFERENCES session (id),
    outcome    TEXT   NOT NULL,
    notes      TEXT   NOT NULL,
    written_by BYTEA  NOT NULL REFERENCES account (id),
    written_at BIGINT NOT NULL
);

-- Written by the end of a session, in its transaction; what changes later is kept right by triggers.
CREATE TABLE archive_entry (
    session_id   BYTEA  NOT NULL PRIMARY KEY REFERENCES session (id),
    org_id       BYTEA  NOT NULL,
    started_at   BIGINT NOT NULL,
    ended_at     BIGINT NOT NULL,
    duration     BIGINT NOT NULL, -- milliseconds
    joined_after BIGINT, -- milliseconds from the start to the first customer's coming in
    files        BIGINT NOT NULL, -- offered, direct ones too
    stored_files BIGINT NOT NULL, -- without direct ones
    stored_bytes BIGINT NOT NULL,
    transcript_bytes BIGINT NOT NULL,
    -- Title and names, folded by `deskside_store::archive`; NULL after a migration, until the store is opened. Compared byte by
    -- byte, which is what `strpos` does fastest.
    words        TEXT COLLATE "C",
    customers    TEXT COLLATE "C"
);
CREATE INDEX archive_by_start ON archive_entry (org_id, started_at, session_id) INCLUDE (joined_after);
CREATE INDEX archive_by_duration ON archive_entry (org_id, duration, session_id);
CREATE INDEX archive_by_size ON archive_entry (org_id, stored_bytes, session_id);
CREATE INDEX archive_by_end ON archive_entry (org_id, ended_at, session_id) INCLUDE (stored_bytes, stored_files, transcript_bytes);
CREATE INDEX session_on_hold ON session (id) WHERE hold_by IS NOT NULL;
CREATE INDEX archive_without_words ON archive_entry (session_id) WHERE words IS NULL;

-- Bytes in Files by kind, of open sessions too.
CREATE TABLE archive_storage (
    org_id     BYTEA  NOT NULL,
    kind       TEXT   NOT NULL,
    session_id BYTEA  NOT NULL,
    files      BIGINT NOT NULL,
    bytes      BIGINT NOT NULL,
    PRIMARY KEY (org_id, kind, session_id)
);
CREATE INDEX archive_storage_of_session ON archive_storage (session_id);

-- The one place that says which kind a file is of: as `deskside_store::archive::kind_of`.
CREATE VIEW attachment_kind AS
SELECT a.id, a.session_id, s.org_id,
    CASE WHEN a.direct_kind IS NULL THEN a.size ELSE 0 END AS bytes,
    CASE
        WHEN a.direct_kind IS NOT NULL THEN NULL
        WHEN a.capture = 'snapshot' THEN 'snapshots'
        WHEN a.capture = 'recording' THEN 'recordings'
        WHEN a.media_type LIKE 'image/%' THEN 'pictures'
        WHEN a.media_type LIKE 'video/%' THEN 'videos'
        WHEN a.media_type LIKE 'audio/%' THEN 'sounds'
        WHEN a.media_type LIKE 'text/%' OR a.media_type LIKE 'application/vnd.%' OR a.media_type IN (
            'application/pdf', 'application/msword', 'application/rtf', 'application/json', 'application/xml',
            'application/epub+zip'
        ) THEN 'documents'
        ELSE 'other'
    END AS kind
FROM attachment a JOIN session s ON s.id = a.session_id;

CREATE FUNCTION attachment_comes_and_goes() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    sign INTEGER := CASE WHEN NEW.state = 'offered' THEN 1 ELSE -1 END;
    k attachment_kind%ROWTYPE;
BEGIN
    SELECT * INTO k FROM attachment_kind WHERE id = NEW.id;
    IF k.kind IS NOT NULL THEN
        INSERT INTO archive_storage AS s (org_id, kind, session_id, files, bytes)
        VALUES (k.org_id, k.kind, k.session_id, sign, sign * k.bytes)
        ON CONFLICT (org_id, kind, session_id) DO UPDATE
            SET files = s.files + excluded.files, bytes = s.bytes + excluded.bytes;
    END IF;
    UPDATE archive_entry SET files = files + sign, stored_bytes = stored_bytes + sign * k.bytes,
        stored_files = stored_files + CASE WHEN k.kind IS NULL THEN 0 ELSE sign END
    WHERE session_id = NEW.session_id;
    RETURN NULL;
END $$;
CREATE TRIGGER attachment_comes_and_goes AFTER UPDATE OF state ON attachment FOR EACH ROW
WHEN ((NEW.state = 'offered') <> (OLD.state = 'offered')) EXECUTE FUNCTION attachment_comes_and_goes();

-- Three forms of one transcript.
CREATE FUNCTION transcript_is_stored() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO archive_storage AS stored (org_id, kind, session_id, files, bytes)
    SELECT s.org_id, 'transcripts', s.id, 1, NEW.size FROM session s WHERE s.id = NEW.session_id
    ON CONFLICT (org_id, kind, session_id) DO UPDATE
        SET files = stored.files + excluded.files, bytes = stored.bytes + excluded.bytes;
    UPDATE archive_entry SET transcript_bytes = transcript_bytes + NEW.size WHERE session_id = NEW.session_id;
    RETURN NULL;
END $$;
CREATE TRIGGER transcript_is_stored AFTER INSERT ON transcript FOR EACH ROW EXECUTE FUNCTION transcript_is_stored();

-- What was there before.
INSERT INTO archive_storage (org_id, kind, session_id, files, bytes)
SELECT k.org_id, k.kind, k.session_id, count(*), sum(k.bytes)
FROM attachment_kind k JOIN attachment a ON a.id = k.id
WHERE a.state = 'offered' AND k.kind IS NOT NULL GROUP BY k.org_id, k.kind, k.session_id;
INSERT INTO archive_storage (org_id, kind, session_id, files, bytes)
SELECT s.org_id, 'transcripts', s.id, count(*), sum(t.size) FROM transcript t JOIN session s ON s.id = t.session_id
GROUP BY s.org_id, s.id;

-- What an archive entry is made of, but for its words.
CREATE VIEW archive_entry_made AS
SELECT s.id AS session_id, s.org_id, s.created_at AS started_at, s.ended_at, s.ended_at - s.created_at AS duration,
    (
        SELECT min(p.joined_at) FROM participant p WHERE p.session_id = s.id AND p.role = 'customer'
    ) - s.created_at AS joined_after,
    (SELECT count(*) FROM attachment a WHERE a.session_id = s.id AND a.state = 'offered') AS files,
    (
        SELECT count(*) FROM attachment a WHERE a.session_id = s.id AND a.state = 'offered' AND a.direct_kind IS NULL
    ) AS stored_files,
    (
        SELECT coalesce(sum(a.size), 0)::bigint FROM attachment a
        WHERE a.session_id = s.id AND a.state = 'offered' AND a.direct_kind IS NULL
    ) AS stored_bytes,
    (SELECT coalesce(sum(t.size), 0)::bigint FROM transcript t WHERE t.session_id = s.id) AS transcript_bytes
FROM session s WHERE s.ended_at IS NOT NULL;
INSERT INTO archive_entry (session_id, org_id, started_at, ended_at, duration, joined_after, files, stored_files, stored_bytes, transcript_bytes)
SELECT session_id, org_id, started_at, ended_at, duration, joined_after, files, stored_files, stored_bytes, transcript_bytes FROM archive_entry_made;

-- Snapshots and recordings of a session.
CREATE INDEX attachment_captured ON attachment (session_id, capture) WHERE capture IS NOT NULL AND state = 'offered';
CREATE VIEW session_captures AS
SELECT session_id, count(*) FILTER (WHERE capture = 'snapshot') AS snapshots, count(*) FILTER (WHERE capture = 'recording') AS recordings
FROM attachment WHERE capture IS NOT NULL AND state = 'offered' GROUP BY session_id;

DROP VIEW files_entry;
CREATE VIEW files_entry AS
SELECT s.id, s.org_id, s.title, s.created_at, s.ended_at, s.message_count, s.transcript_size, s.transcript_sha256,
    s.sealed_at, e.files AS attachment_count, e.stored_bytes,
    coalesce((SELECT c.snapshots FROM session_captures c WHERE c.session_id = s.id), 0) AS snapshot_count,
    coalesce((SELECT c.recordings FROM session_captures c WHERE c.session_id = s.id), 0) AS recording_count,
    EXISTS (SELECT 1 FROM session_held h WHERE h.session_id = s.id) AS held,
    (SELECT r.outcome FROM report r WHERE r.session_id = s.id) AS outcome,
    (
        SELECT coalesce(json_agg(p.name ORDER BY p.place)::text, '[]') FROM participant p
        WHERE p.session_id = s.id AND p.was_let_in AND p.role = 'technician'
    ) AS technicians,
    (
        SELECT coalesce(json_agg(p.name ORDER BY p.place)::text, '[]') FROM participant p
        WHERE p.session_id = s.id AND p.was_let_in AND p.role = 'customer'
    ) AS customers
FROM session s
JOIN archive_entry e ON e.session_id = s.id;

-- Sessions that somebody was in as a technician.
CREATE INDEX participant_helped ON participant (user_id, session_id)
WHERE user_id IS NOT NULL AND role = 'technician' AND was_let_in;
