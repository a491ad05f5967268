CREATE TABLE billing_group (
  account TEXT NOT NULL,
  group_name TEXT NOT NULL,
  group_id TEXT NOT NULL,
  description TEXT,
  version INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, group_name)
) STRICT, WITHOUT ROWID;

-- A thing is in one billing group at most.
ALTER TABLE thing ADD COLUMN billing_group_name TEXT;
CREATE INDEX thing_by_billing_group ON thing (billing_group_name, account, thing_name) WHERE billing_group_name IS NOT NULL;

CREATE TABLE role_alias (
  account TEXT NOT NULL,
  alias TEXT NOT NULL,
  region TEXT NOT NULL,
  role_arn TEXT NOT NULL,
  duration_seconds INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  modified_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, alias)
) STRICT, WITHOUT ROWID;
