-- Snapshots and recordings of technicians.

-- NULL: an ordinary file.
ALTER TABLE attachment ADD COLUMN capture TEXT;
