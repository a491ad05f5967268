CREATE TABLE provisioning_template (
  account TEXT NOT NULL,
  template_name TEXT NOT NULL,
  description TEXT,
  enabled INTEGER NOT NULL,
  role_arn TEXT NOT NULL,
  template_type TEXT NOT NULL,
  default_version INTEGER NOT NULL,
  last_version INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  modified_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, template_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE provisioning_template_version (
  account TEXT NOT NULL,
  template_name TEXT NOT NULL,
  version_id INTEGER NOT NULL,
  body TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, template_name, version_id)
) STRICT, WITHOUT ROWID;
