-- The registry: things, their types, static groups and who belongs to which.
CREATE TABLE thing (
  account TEXT NOT NULL,
  thing_name TEXT NOT NULL,
  thing_id TEXT NOT NULL,
  thing_type_name TEXT,
  attributes TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, thing_name)
) STRICT, WITHOUT ROWID;
-- Second indexes begin with what they are for and not with the account, which every query names:
-- without statistics a planner may otherwise walk the whole account by them.
CREATE INDEX thing_by_type ON thing (thing_type_name, account, thing_name) WHERE thing_type_name IS NOT NULL;

-- One row for each attribute of a thing: ListThings finds by name and value, or by the value's beginning.
CREATE TABLE thing_attribute (
  account TEXT NOT NULL,
  attribute_name TEXT NOT NULL,
  attribute_value TEXT NOT NULL,
  thing_name TEXT NOT NULL,
  PRIMARY KEY (account, attribute_name, attribute_value, thing_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE thing_type (
  account TEXT NOT NULL,
  thing_type_name TEXT NOT NULL,
  thing_type_id TEXT NOT NULL,
  properties TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  deprecated_at_ms INTEGER,
  PRIMARY KEY (account, thing_type_name)
) STRICT, WITHOUT ROWID;

-- root is the group at the top of its hierarchy (itself if it has no parent); depth counts from 1 there.
CREATE TABLE thing_group (
  account TEXT NOT NULL,
  group_name TEXT NOT NULL,
  group_id TEXT NOT NULL,
  parent TEXT,
  root TEXT NOT NULL,
  depth INTEGER NOT NULL,
  description TEXT,
  attributes TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, group_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX thing_group_by_parent ON thing_group (parent, account, group_name) WHERE parent IS NOT NULL;

-- Every group with each group below it; a group is its own descendant.
CREATE TABLE thing_group_closure (
  account TEXT NOT NULL,
  ancestor TEXT NOT NULL,
  descendant TEXT NOT NULL,
  PRIMARY KEY (account, ancestor, descendant)
) STRICT, WITHOUT ROWID;
CREATE INDEX thing_group_closure_up ON thing_group_closure (descendant, account, ancestor);

CREATE TABLE thing_group_member (
  account TEXT NOT NULL,
  group_name TEXT NOT NULL,
  thing_name TEXT NOT NULL,
  joined_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, group_name, thing_name)
) STRICT, WITHOUT ROWID;
CREATE INDEX thing_group_member_by_thing ON thing_group_member (thing_name, account, group_name);
