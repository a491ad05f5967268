-- The place of a thing in a shuffled rollout, which goes by it across all targets; null where the order is that of targets and names.
ALTER TABLE job_pending ADD COLUMN shuffle TEXT;
CREATE INDEX job_pending_shuffled ON job_pending (job_key, shuffle, thing_name) WHERE shuffle IS NOT NULL;
