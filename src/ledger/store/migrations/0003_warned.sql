-- The highest share of a window, in percent, that was warned of; 0 where none was, or where the
-- limit was raised or reset since.

ALTER TABLE limit_window ADD COLUMN warned INTEGER NOT NULL DEFAULT 0
  CHECK (warned BETWEEN 0 AND 100);
