-- Devices of a job ask for an object's signature, each of them.
CREATE INDEX signing_job_of_source ON signing_job (invoker, source_bucket, source_key, created_at_ms) WHERE source_bucket IS NOT NULL;
