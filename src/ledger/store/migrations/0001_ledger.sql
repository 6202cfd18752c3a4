-- Amounts are atoms of their unit, times microseconds UTC, ids 16 bytes. NULL means unknown or
-- none, never 0. Rows of `entry` and `posting` are never changed; everything else follows from
-- them, and a verification follows every reference: foreign keys would cost each reservation more
-- than its inserts.

CREATE TABLE ledger (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  uuid BLOB NOT NULL CHECK (length(uuid) = 16),
  created_us INTEGER NOT NULL,
  wall_us INTEGER NOT NULL,
  boot_us INTEGER NOT NULL,
  boot INTEGER NOT NULL,
  units TEXT NOT NULL
) STRICT;

CREATE TABLE budget (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 1024),
  state TEXT NOT NULL CHECK (state IN ('active', 'frozen', 'closed')),
  zone TEXT NOT NULL,
  anchor TEXT NOT NULL,
  on_unknown TEXT NOT NULL CHECK (on_unknown IN ('charge', 'release')),
  reserve TEXT NOT NULL,
  caps TEXT NOT NULL,
  warn TEXT NOT NULL,
  note TEXT NOT NULL,
  created_us INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX budget_name ON budget (name) WHERE state <> 'closed';

CREATE TABLE budget_limit (
  id INTEGER PRIMARY KEY,
  budget INTEGER NOT NULL,
  unit TEXT NOT NULL CHECK (length(unit) BETWEEN 1 AND 32),
  period TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount >= 0),
  overage TEXT NOT NULL,
  window INTEGER,
  removed INTEGER NOT NULL CHECK (removed IN (0, 1)),
  UNIQUE (budget, unit, period)
) STRICT;

CREATE TABLE limit_window (
  id INTEGER PRIMARY KEY,
  limit_id INTEGER NOT NULL,
  start_us INTEGER NOT NULL,
  end_us INTEGER CHECK (end_us > start_us),
  amount INTEGER NOT NULL CHECK (amount >= 0),
  granted INTEGER NOT NULL,
  spent INTEGER NOT NULL CHECK (spent >= 0),
  reserved INTEGER NOT NULL CHECK (reserved >= 0),
  debt INTEGER NOT NULL CHECK (debt >= 0),
  over INTEGER NOT NULL CHECK (over IN (0, 1))
) STRICT;

CREATE TABLE reservation (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  budgets TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'committed', 'released', 'expired')),
  parent BLOB CHECK (length(parent) = 16),
  owner BLOB CHECK (length(owner) = 16),
  session BLOB CHECK (length(session) = 16),
  created_us INTEGER NOT NULL,
  expires_us INTEGER NOT NULL,
  expires_boot_us INTEGER NOT NULL,
  boot INTEGER NOT NULL,
  ttl_ms INTEGER NOT NULL CHECK (ttl_ms > 0),
  grace_ms INTEGER NOT NULL CHECK (grace_ms >= 0),
  overage TEXT,
  on_unknown TEXT NOT NULL CHECK (on_unknown IN ('charge', 'release')),
  unknown INTEGER NOT NULL CHECK (unknown IN (0, 1)),
  late INTEGER NOT NULL CHECK (late IN (0, 1)),
  settled_by INTEGER,
  detail TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX reservation_due ON reservation (expires_boot_us) WHERE state = 'open';
CREATE INDEX reservation_unknown ON reservation (id) WHERE unknown = 1 AND late = 0;

CREATE TABLE stake (
  reservation BLOB NOT NULL,
  unit TEXT NOT NULL,
  reserved INTEGER NOT NULL CHECK (reserved >= 0),
  charged INTEGER CHECK (charged >= 0),
  nested INTEGER CHECK (nested >= 0),
  PRIMARY KEY (reservation, unit)
) STRICT, WITHOUT ROWID;

CREATE TABLE holding (
  reservation BLOB NOT NULL,
  window INTEGER NOT NULL,
  source BLOB NOT NULL CHECK (length(source) IN (0, 16)),
  atoms INTEGER NOT NULL CHECK (atoms >= 0),
  PRIMARY KEY (reservation, window, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE entry (
  seq INTEGER PRIMARY KEY CHECK (seq > 0),
  at_us INTEGER NOT NULL,
  kind TEXT NOT NULL,
  budgets TEXT NOT NULL,
  reservation BLOB CHECK (length(reservation) = 16),
  session BLOB CHECK (length(session) = 16),
  corrects INTEGER,
  amounts TEXT NOT NULL,
  detail TEXT NOT NULL,
  hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE INDEX entry_corrects ON entry (corrects) WHERE corrects IS NOT NULL;

CREATE TABLE posting (
  entry INTEGER NOT NULL,
  window INTEGER NOT NULL,
  effective_us INTEGER NOT NULL,
  granted INTEGER NOT NULL,
  spent INTEGER NOT NULL,
  reserved INTEGER NOT NULL,
  debt INTEGER NOT NULL,
  over INTEGER CHECK (over IN (0, 1)),
  PRIMARY KEY (entry, window, effective_us)
) STRICT, WITHOUT ROWID;

CREATE TABLE answer (
  verb TEXT NOT NULL,
  target TEXT NOT NULL,
  key TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 256),
  payload BLOB NOT NULL CHECK (length(payload) = 32),
  answer TEXT NOT NULL,
  at_us INTEGER NOT NULL,
  PRIMARY KEY (verb, target, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
  id BLOB PRIMARY KEY CHECK (length(id) = 16),
  budgets TEXT NOT NULL,
  program TEXT NOT NULL,
  started_us INTEGER NOT NULL,
  ended_us INTEGER,
  exit_code INTEGER,
  ending TEXT
) STRICT, WITHOUT ROWID;

CREATE TABLE ticket (
  id INTEGER PRIMARY KEY,
  owner BLOB NOT NULL CHECK (length(owner) = 16),
  limits TEXT NOT NULL
) STRICT;

CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  at_us INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('denied')),
  budgets TEXT NOT NULL,
  detail TEXT NOT NULL
) STRICT;

CREATE TRIGGER entry_is_final BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'entries are never changed'); END;
CREATE TRIGGER entry_stays BEFORE DELETE ON entry
BEGIN SELECT RAISE(ABORT, 'entries are never deleted'); END;
CREATE TRIGGER posting_is_final BEFORE UPDATE ON posting
BEGIN SELECT RAISE(ABORT, 'postings are never changed'); END;
CREATE TRIGGER posting_stays BEFORE DELETE ON posting
BEGIN SELECT RAISE(ABORT, 'postings are never deleted'); END;
