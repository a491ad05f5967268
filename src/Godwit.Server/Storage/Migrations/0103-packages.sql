CREATE TABLE package (
  account TEXT NOT NULL,
  package_name TEXT NOT NULL,
  description TEXT,
  default_version_name TEXT,
  client_token TEXT,
  created_at_ms INTEGER NOT NULL,
  modified_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, package_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE package_version (
  account TEXT NOT NULL,
  package_name TEXT NOT NULL,
  version_name TEXT NOT NULL,
  description TEXT,
  attributes TEXT NOT NULL,
  artifact TEXT,
  recipe TEXT,
  status TEXT NOT NULL,
  client_token TEXT,
  created_at_ms INTEGER NOT NULL,
  modified_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, package_name, version_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE package_configuration (
  account TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  role_arn TEXT,
  PRIMARY KEY (account)
) STRICT, WITHOUT ROWID;
