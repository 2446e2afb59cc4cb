-- Files that go from one participant to the other: a name here, and no bytes.

-- NULL: a stored file.
ALTER TABLE attachment ADD COLUMN direct_kind TEXT;
ALTER TABLE attachment ADD COLUMN direct_files BIGINT;
