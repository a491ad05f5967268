-- The journal: one record for each state change, linked by hash, written in the transaction of the change.
CREATE TABLE journal (
  seq INTEGER PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  account TEXT NOT NULL,
  who TEXT NOT NULL,
  kind TEXT NOT NULL,
  subject TEXT NOT NULL,
  state_from TEXT,
  state_to TEXT,
  why TEXT,
  thing TEXT,
  job TEXT,
  hash BLOB NOT NULL
) STRICT;
CREATE INDEX journal_by_thing ON journal (account, thing, seq) WHERE thing IS NOT NULL;
CREATE INDEX journal_by_job ON journal (account, job, seq) WHERE job IS NOT NULL;
