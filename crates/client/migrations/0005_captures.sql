-- Uploads that are snapshots or recordings: they go on as such. NULL: an ordinary file.
ALTER TABLE uploads ADD COLUMN capture TEXT;
