-- What a charge has counted and no other may count again: messages of providers, and how far the
-- counters of agents' sessions had come. `key` is the beginning of a SHA-256, `entry` the charge,
-- `figures` the counters; a message has none.

CREATE TABLE booked (
  key BLOB PRIMARY KEY CHECK (length(key) = 16),
  entry INTEGER NOT NULL,
  figures TEXT
) STRICT, WITHOUT ROWID;

-- Past charges look for the window of their time.
CREATE INDEX limit_window_start ON limit_window (limit_id, start_us);
