-- Things that a rollout had not reached when it was stopped, and never will.
ALTER TABLE job_progress ADD COLUMN spared INTEGER NOT NULL DEFAULT 0;
