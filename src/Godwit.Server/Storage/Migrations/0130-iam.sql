-- Roles, users and managed policies of IAM. Names are told apart without case: name_key is the name in lower case.
CREATE TABLE iam_entity (
  account TEXT NOT NULL,
  kind TEXT NOT NULL,                       -- role or user
  name_key TEXT NOT NULL,
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  entity_id TEXT NOT NULL,                  -- AROA… or AIDA…
  description TEXT,
  trust_policy TEXT,                        -- of a role
  max_session_seconds INTEGER,              -- of a role
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, kind, name_key)
) STRICT;

CREATE TABLE iam_inline_policy (
  account TEXT NOT NULL,
  kind TEXT NOT NULL,
  name_key TEXT NOT NULL,
  policy_name TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (account, kind, name_key, policy_name)
) STRICT;

CREATE TABLE iam_attachment (
  account TEXT NOT NULL,
  kind TEXT NOT NULL,
  name_key TEXT NOT NULL,
  policy_arn TEXT NOT NULL,
  PRIMARY KEY (account, kind, name_key, policy_arn)
) STRICT;
CREATE INDEX iam_attachment_by_policy ON iam_attachment (account, policy_arn);

CREATE TABLE iam_policy (
  account TEXT NOT NULL,
  name_key TEXT NOT NULL,
  name TEXT NOT NULL,
  path TEXT NOT NULL,
  policy_id TEXT NOT NULL,                  -- ANPA…
  description TEXT,
  default_version INTEGER NOT NULL,
  last_version INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, name_key)
) STRICT;

CREATE TABLE iam_policy_version (
  account TEXT NOT NULL,
  name_key TEXT NOT NULL,
  version INTEGER NOT NULL,
  document TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, name_key, version)
) STRICT;

CREATE TABLE iam_tag (
  account TEXT NOT NULL,
  kind TEXT NOT NULL,                       -- role, user or policy
  name_key TEXT NOT NULL,
  tag_key TEXT NOT NULL,
  tag_value TEXT NOT NULL,
  PRIMARY KEY (account, kind, name_key, tag_key)
) STRICT;

-- The user that a key belongs to; null for the account's root.
ALTER TABLE access_key ADD COLUMN user_name TEXT;
