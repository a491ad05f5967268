-- Whom to tell of changes. The journal itself is what waits to be told: a webhook is a place in it.
CREATE TABLE webhook (
  account TEXT NOT NULL,
  webhook_id TEXT NOT NULL,
  url TEXT NOT NULL,
  kinds TEXT NOT NULL,
  sealed_secret BLOB NOT NULL,
  status TEXT NOT NULL,
  told_to_seq INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  first_failed_at_ms INTEGER,
  next_at_ms INTEGER NOT NULL,
  last_error TEXT,
  told_at_ms INTEGER,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, webhook_id)
) STRICT;
