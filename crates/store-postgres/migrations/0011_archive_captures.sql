-- Snapshots and recordings in the list of Files and its charts.

-- Kinds of files and counts of sessions know snapshots and recordings (migration 0009 has the column).
CREATE OR REPLACE VIEW attachment_kind AS
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

CREATE INDEX attachment_captured ON attachment (session_id, capture) WHERE capture IS NOT NULL AND state = 'offered';
DROP VIEW files_entry;
DROP VIEW session_captures;
CREATE VIEW session_captures AS
SELECT session_id, count(*) FILTER (WHERE capture = 'snapshot') AS snapshots, count(*) FILTER (WHERE capture = 'recording') AS recordings
FROM attachment WHERE capture IS NOT NULL AND state = 'offered' GROUP BY session_id;

DELETE FROM archive_storage WHERE kind <> 'transcripts';
INSERT INTO archive_storage (org_id, kind, session_id, files, bytes)
SELECT k.org_id, k.kind, k.session_id, count(*), sum(k.bytes)
FROM attachment_kind k JOIN attachment a ON a.id = k.id
WHERE a.state = 'offered' AND k.kind IS NOT NULL GROUP BY k.org_id, k.kind, k.session_id;

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
