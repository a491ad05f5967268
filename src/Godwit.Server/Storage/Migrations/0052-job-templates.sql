CREATE TABLE job_template (
  account TEXT NOT NULL,
  template_id TEXT NOT NULL,
  region TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  description TEXT NOT NULL,
  document_source TEXT,
  presigned_url_config TEXT,
  rollout_config TEXT,
  abort_config TEXT,
  timeout_config TEXT,
  retry_config TEXT,
  maintenance_windows TEXT,
  destination_package_versions TEXT,
  document TEXT NOT NULL,
  PRIMARY KEY (account, template_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX job_template_newest ON job_template (account, created_at_ms, template_id);
