-- Which events an account wants; a type that has no row is off.
CREATE TABLE event_configuration (
  account TEXT NOT NULL,
  event_type TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  last_modified_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, event_type)
) STRICT, WITHOUT ROWID;
