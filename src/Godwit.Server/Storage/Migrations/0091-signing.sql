-- Signing profiles. Their keys are ACM's; what is only echoed is JSON.
CREATE TABLE signing_profile (
  account TEXT NOT NULL,
  profile_name TEXT NOT NULL,
  profile_version TEXT NOT NULL,
  region TEXT NOT NULL,
  status TEXT NOT NULL,
  platform_id TEXT NOT NULL,
  certificate_arn TEXT NOT NULL,
  validity TEXT NOT NULL,
  overrides TEXT,
  signing_parameters TEXT,
  tags TEXT NOT NULL,
  permissions TEXT NOT NULL,
  permissions_revision TEXT,
  created_at_ms INTEGER NOT NULL,
  revoked_at_ms INTEGER,
  revoked_by TEXT,
  revocation_reason TEXT,
  revocation_effective_at_ms INTEGER,
  PRIMARY KEY (account, profile_name)
) STRICT;
CREATE INDEX signing_profile_by_certificate ON signing_profile (account, certificate_arn);
-- Signing jobs. The signature is stored before the signed object is written, so that a job that was cut off writes the same object again.
CREATE TABLE signing_job (
  -- The owner: whose profile signs. The invoker's are source and destination.
  account TEXT NOT NULL,
  job_id TEXT NOT NULL,
  invoker TEXT NOT NULL,
  region TEXT NOT NULL,
  caller_arn TEXT NOT NULL,
  access_key_id TEXT NOT NULL,
  client_request_token TEXT,
  status TEXT NOT NULL,
  -- The next step; null when there is none.
  step TEXT,
  status_reason TEXT,
  profile_name TEXT NOT NULL,
  profile_version TEXT NOT NULL,
  platform_id TEXT NOT NULL,
  certificate_arn TEXT NOT NULL,
  overrides TEXT,
  signing_parameters TEXT,
  algorithm TEXT NOT NULL,
  image_format TEXT,
  source_bucket TEXT,
  source_key TEXT,
  source_version TEXT,
  destination_bucket TEXT,
  destination_key TEXT,
  signature TEXT,
  raw_size_bytes INTEGER,
  signed_version TEXT,
  created_at_ms INTEGER NOT NULL,
  completed_at_ms INTEGER,
  signature_expires_at_ms INTEGER,
  revoked_at_ms INTEGER,
  revoked_by TEXT,
  revocation_reason TEXT,
  PRIMARY KEY (account, job_id)
) STRICT;
CREATE INDEX signing_job_by_time ON signing_job (account, created_at_ms, job_id);
CREATE UNIQUE INDEX signing_job_by_token ON signing_job (invoker, client_request_token) WHERE client_request_token IS NOT NULL;
CREATE INDEX signing_job_of_invoker ON signing_job (invoker, job_id);
CREATE INDEX signing_job_unfinished ON signing_job (created_at_ms) WHERE step IS NOT NULL;
