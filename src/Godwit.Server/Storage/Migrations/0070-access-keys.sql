-- Keys that sign API requests. Secrets are sealed with a key that lies beside the database, never in it.
CREATE TABLE access_key (
  account TEXT NOT NULL,
  access_key_id TEXT NOT NULL,
  user_arn TEXT NOT NULL,
  status TEXT NOT NULL,
  sealed_secret BLOB NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, access_key_id)
) STRICT;
CREATE UNIQUE INDEX access_key_by_id ON access_key (access_key_id);
