-- OTA updates: the request as it came, and how far its creation or deletion has got. The ids of what it makes are chosen before anything is made.
CREATE TABLE ota_update (
  account TEXT NOT NULL,
  ota_update_id TEXT NOT NULL,
  status TEXT NOT NULL,
  region TEXT NOT NULL,
  caller_arn TEXT NOT NULL,
  access_key_id TEXT NOT NULL,
  request TEXT NOT NULL,
  -- The next step of the creation or deletion; null when there is none.
  step TEXT,
  -- The stream that the service makes; null where the caller named one or HTTP needs none.
  stream_id TEXT,
  job_document TEXT,
  job_id TEXT,
  error_code TEXT,
  error_message TEXT,
  delete_stream INTEGER NOT NULL,
  force_delete_job INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  last_modified_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, ota_update_id)
) STRICT;
CREATE INDEX ota_update_by_time ON ota_update (account, created_at_ms, ota_update_id);
CREATE INDEX ota_update_unfinished ON ota_update (created_at_ms) WHERE step IS NOT NULL;
