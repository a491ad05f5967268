-- A large group that is gone: what its things have not begun is taken from the job in pieces. 0 none, 1 executions, 2 things to be reached; it is past this one.
ALTER TABLE job_progress ADD COLUMN leaving INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job_progress ADD COLUMN left_position INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job_progress ADD COLUMN left_to TEXT NOT NULL DEFAULT '';
-- Who deleted the group, for the journal.
ALTER TABLE job_progress ADD COLUMN leaving_by TEXT;
