-- What the journal tells of versions, folded as it grows: none of it is a truth of its own, and it can be made again from the first record.
CREATE TABLE journal_reader (
  reader TEXT NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (reader)
) STRICT;

-- The version that a thing last reported to have installed.
CREATE TABLE thing_version (
  account TEXT NOT NULL,
  thing_name TEXT NOT NULL,
  version TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  PRIMARY KEY (account, thing_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE version_total (
  account TEXT NOT NULL,
  version TEXT NOT NULL,
  things INTEGER NOT NULL,
  last_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, version)
) STRICT;

-- How the totals changed within each minute in which they did.
CREATE TABLE version_minute (
  account TEXT NOT NULL,
  minute_ms INTEGER NOT NULL,
  version TEXT NOT NULL,
  change INTEGER NOT NULL,
  PRIMARY KEY (account, minute_ms, version)
) STRICT, WITHOUT ROWID;

-- Certificates whose time is nearly over.
CREATE INDEX certificate_by_end ON certificate (account, not_after_ms) WHERE status = 'ACTIVE';
