-- Streams and the files they deliver. What a file's object was when the stream was made is kept: size, ETag and the bytes themselves.
CREATE TABLE stream (
  account TEXT NOT NULL,
  stream_id TEXT NOT NULL,
  version INTEGER NOT NULL,
  description TEXT,
  role_arn TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  last_updated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, stream_id)
) STRICT;
CREATE INDEX stream_by_time ON stream (account, created_at_ms, stream_id);

-- `version` is what the caller asked for (null: the newest at the time), `object_version` is what was found.
CREATE TABLE stream_file (
  account TEXT NOT NULL,
  stream_id TEXT NOT NULL,
  position INTEGER NOT NULL,
  file_id INTEGER NOT NULL,
  bucket TEXT NOT NULL,
  key TEXT NOT NULL,
  version TEXT,
  object_version TEXT NOT NULL,
  size_bytes INTEGER NOT NULL,
  etag TEXT NOT NULL,
  bytes_id TEXT NOT NULL,
  PRIMARY KEY (account, stream_id, file_id)
) STRICT;
