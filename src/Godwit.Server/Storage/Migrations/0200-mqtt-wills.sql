-- Wills of sessions that the broker keeps: part of their state, as the delay may outlast the process.
CREATE TABLE mqtt_will (
  account TEXT NOT NULL,
  client_id TEXT NOT NULL,
  level INTEGER NOT NULL,
  topic TEXT NOT NULL,
  payload BLOB NOT NULL,
  qos INTEGER NOT NULL,
  retain INTEGER NOT NULL,
  properties BLOB,
  delay_ms INTEGER NOT NULL,
  due_at_ms INTEGER, -- null while connected
  PRIMARY KEY (account, client_id, level)
) STRICT;
