-- Consent, uploads that nobody goes on with.

-- How recipients are asked; set when a message offers it.
ALTER TABLE attachment ADD COLUMN consent TEXT NOT NULL DEFAULT 'auto';
-- When somebody last went on with the upload.
ALTER TABLE attachment ADD COLUMN touched_at INTEGER NOT NULL DEFAULT 0;
UPDATE attachment SET touched_at = created_at;
CREATE INDEX attachment_in_upload ON attachment (touched_at) WHERE state IN ('uploading', 'uploaded');
CREATE INDEX attachment_of_sender ON attachment (session_id, sender);

-- Their answer's time.
ALTER TABLE attachment_recipient ADD COLUMN answered_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX attachment_recipient_of ON attachment_recipient (participant_id, state);
CREATE INDEX attachment_declined ON attachment_recipient (attachment_id) WHERE state = 'declined';
