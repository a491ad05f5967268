-- Fleet indexing: what is indexed in each account, what the broker knows of things, and groups whose members a query finds.
CREATE TABLE indexing_configuration (
  account TEXT NOT NULL,
  thing_mode TEXT NOT NULL,
  connectivity_mode TEXT NOT NULL,
  group_mode TEXT NOT NULL,
  thing_configuration TEXT,
  group_configuration TEXT,
  PRIMARY KEY (account)
) STRICT, WITHOUT ROWID;

-- Kept only where connectivity is indexed; a thing without a row was never seen.
CREATE TABLE thing_connectivity (
  account TEXT NOT NULL,
  thing_name TEXT NOT NULL,
  connected INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  reason TEXT,
  PRIMARY KEY (account, thing_name)
) STRICT, WITHOUT ROWID;

-- A group with a query is dynamic. status: 0 ACTIVE, 1 BUILDING, 2 REBUILDING.
ALTER TABLE thing_group ADD COLUMN query_string TEXT;
ALTER TABLE thing_group ADD COLUMN query_version TEXT;
ALTER TABLE thing_group ADD COLUMN index_name TEXT;
ALTER TABLE thing_group ADD COLUMN build_status INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thing_group ADD COLUMN region TEXT;
CREATE INDEX thing_group_dynamic ON thing_group (account, created_at_ms, group_name) WHERE query_string IS NOT NULL;
