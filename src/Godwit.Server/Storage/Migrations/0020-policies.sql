-- IoT policies, up to five versions each, and the certificates and thing groups that they are attached to.
CREATE TABLE policy (
  account TEXT NOT NULL,
  policy_name TEXT NOT NULL,
  default_version INTEGER NOT NULL,
  last_version INTEGER NOT NULL,
  generation_id TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  modified_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, policy_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX policy_by_age ON policy (account, created_at_ms, policy_name);

CREATE TABLE policy_version (
  account TEXT NOT NULL,
  policy_name TEXT NOT NULL,
  version INTEGER NOT NULL,
  document TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, policy_name, version)
) STRICT, WITHOUT ROWID;

-- target is the last part of the target's ARN: cert/<id> or thinggroup/<name>.
CREATE TABLE policy_attachment (
  account TEXT NOT NULL,
  target TEXT NOT NULL,
  policy_name TEXT NOT NULL,
  attached_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, target, policy_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX policy_attachment_by_policy ON policy_attachment (policy_name, account, target);
