-- What a job is told beyond AWS's configs, and whether an operator holds its rollout.
ALTER TABLE job ADD COLUMN controls TEXT;
ALTER TABLE job ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
-- Executions that are retries: the others are things that the rollout has reached.
ALTER TABLE job_progress ADD COLUMN retried INTEGER NOT NULL DEFAULT 0;
