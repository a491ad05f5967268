-- What the broker keeps for clients that asked to be remembered, and retained messages. It is no part of the journal: a message that
-- passes through is nobody's decision.
CREATE TABLE mqtt_session (
  account TEXT NOT NULL,
  client_id TEXT NOT NULL,
  level INTEGER NOT NULL,
  lifetime_ms INTEGER NOT NULL,
  ends_at_ms INTEGER, -- null while connected
  PRIMARY KEY (account, client_id, level)
) STRICT, WITHOUT ROWID;

-- options: 1 no local, 2 retain as published.
CREATE TABLE mqtt_subscription (
  account TEXT NOT NULL,
  client_id TEXT NOT NULL,
  level INTEGER NOT NULL,
  filter TEXT NOT NULL,
  qos INTEGER NOT NULL,
  options INTEGER NOT NULL,
  subscription_id INTEGER,
  PRIMARY KEY (account, client_id, level, filter)
) STRICT, WITHOUT ROWID;

-- One row for a message, however many sessions it waits in.
CREATE TABLE mqtt_message (
  account TEXT NOT NULL,
  message_id INTEGER NOT NULL,
  topic TEXT NOT NULL,
  payload BLOB NOT NULL,
  qos INTEGER NOT NULL,
  retain INTEGER NOT NULL,
  properties BLOB,
  expires_at_ms INTEGER,
  PRIMARY KEY (account, message_id)
) STRICT;

-- state: 0 waiting, 1 sent, 2 released.
CREATE TABLE mqtt_delivery (
  account TEXT NOT NULL,
  client_id TEXT NOT NULL,
  level INTEGER NOT NULL,
  number INTEGER NOT NULL,
  message_id INTEGER NOT NULL,
  packet_id INTEGER NOT NULL,
  qos INTEGER NOT NULL,
  retain INTEGER NOT NULL,
  subscription_ids TEXT,
  state INTEGER NOT NULL,
  PRIMARY KEY (account, client_id, level, number)
) STRICT, WITHOUT ROWID;

-- QoS 2 messages of the client that it has not released.
CREATE TABLE mqtt_received (
  account TEXT NOT NULL,
  client_id TEXT NOT NULL,
  level INTEGER NOT NULL,
  packet_id INTEGER NOT NULL,
  PRIMARY KEY (account, client_id, level, packet_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE mqtt_retained (
  account TEXT NOT NULL,
  topic TEXT NOT NULL,
  payload BLOB NOT NULL,
  qos INTEGER NOT NULL,
  properties BLOB,
  expires_at_ms INTEGER,
  published_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, topic)
) STRICT;
