-- Retries used by a thing since it came to the job's targets, by what they followed; retry_attempt tells how many went before an execution.
ALTER TABLE job_execution ADD COLUMN retried_failed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job_execution ADD COLUMN retried_timed_out INTEGER NOT NULL DEFAULT 0;
