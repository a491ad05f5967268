-- How the executions of each job moved within stretches of 4096 records of the journal: what a job was at a moment needs no walk over all of its records.
-- Folded as the journal grows; it can be made again from it.
CREATE TABLE journal_move (
  account TEXT NOT NULL,
  job TEXT NOT NULL,
  stretch INTEGER NOT NULL,
  state_from TEXT NOT NULL,
  state_to TEXT NOT NULL,
  moved INTEGER NOT NULL,
  PRIMARY KEY (account, job, stretch, state_from, state_to)
) STRICT, WITHOUT ROWID;

-- A job's own records, without the many of its executions.
CREATE INDEX journal_of_job ON journal (account, job, seq) WHERE job IS NOT NULL AND thing IS NULL;
