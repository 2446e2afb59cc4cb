-- Changes of messages, read positions, unread counts, canned replies.

-- The message that an edit, a deletion or a reaction is about.
ALTER TABLE event ADD COLUMN target INTEGER;
CREATE INDEX event_about ON event (session_id, target) WHERE target IS NOT NULL;
UPDATE event SET target = json_extract(body, '$.target')
WHERE json_extract(body, '$.type') IN ('message_edited', 'message_deleted');

-- 1: something new for the others.
ALTER TABLE event ADD COLUMN is_news INTEGER NOT NULL DEFAULT 0;
CREATE INDEX event_news ON event (session_id, seq) WHERE is_news;
UPDATE event SET is_news = 1 WHERE json_extract(body, '$.type') = 'message_posted';

-- Everything up to here was read by the participant.
ALTER TABLE participant ADD COLUMN read_seq INTEGER NOT NULL DEFAULT 0;

-- 1: withdrawn, and the bytes are gone.
ALTER TABLE attachment ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;
CREATE INDEX attachment_to_erase ON attachment (id) WHERE state = 'withdrawn' AND NOT erased;

CREATE TABLE canned_reply (
    id           BLOB NOT NULL PRIMARY KEY,
    org_id       BLOB NOT NULL REFERENCES org (id),
    shortcut     TEXT NOT NULL,
    shortcut_key TEXT NOT NULL, -- in lower case
    text         TEXT NOT NULL,
    UNIQUE (org_id, shortcut_key)
) STRICT, WITHOUT ROWID;

DROP VIEW session_record;
CREATE VIEW session_record AS
SELECT s.id, s.org_id, o.name AS org_name, o.settings, s.title, s.created_at, s.ended_at, s.sealed_at, s.head_seq,
    (
        SELECT json_group_array(json_object(
            'id', lower(hex(p.id)), 'name', p.name, 'role', p.role, 'state', p.state,
            'user_id', CASE WHEN p.user_id IS NULL THEN NULL ELSE lower(hex(p.user_id)) END
        ))
        FROM (SELECT * FROM participant WHERE session_id = s.id ORDER BY place) p
    ) AS participants,
    (
        SELECT json_group_array(json_object('participant_id', lower(hex(p.id)), 'seq', p.read_seq))
        FROM (SELECT * FROM participant WHERE session_id = s.id AND read_seq > 0 ORDER BY place) p
    ) AS read_marks
FROM session s
JOIN org o ON o.id = s.org_id;
