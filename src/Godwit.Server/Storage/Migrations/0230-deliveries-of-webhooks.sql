-- The last attempts to tell each webhook, for those who look why nothing comes: of each webhook the newest some, whatever happened to the service meanwhile.
CREATE TABLE webhook_delivery (
  account TEXT NOT NULL,
  webhook_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  -- Null where it was taken.
  error TEXT,
  milliseconds REAL NOT NULL,
  events INTEGER NOT NULL,
  kinds TEXT NOT NULL,
  first_seq INTEGER,
  last_seq INTEGER,
  PRIMARY KEY (account, webhook_id, number)
) STRICT, WITHOUT ROWID;
