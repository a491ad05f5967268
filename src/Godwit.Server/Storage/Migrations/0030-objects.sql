-- Buckets and object versions. A bucket's name is unique over all accounts, as in S3.
CREATE TABLE bucket (
  account TEXT NOT NULL,
  bucket TEXT NOT NULL,
  region TEXT NOT NULL,
  versioning TEXT,                          -- null until it is first set, then Enabled or Suspended
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, bucket)
) STRICT;
CREATE UNIQUE INDEX bucket_by_name ON bucket (bucket);

-- Every version and delete marker; a higher seq is newer. version_id is 'null' where versioning is off.
CREATE TABLE object_version (
  seq INTEGER PRIMARY KEY,
  account TEXT NOT NULL,
  bucket TEXT NOT NULL,
  object_key TEXT NOT NULL,
  version_id TEXT NOT NULL,
  is_latest INTEGER NOT NULL,
  is_delete_marker INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  etag TEXT NOT NULL,                       -- without quotes
  bytes_id TEXT,                            -- SHA-256 in hex; null for a delete marker
  headers TEXT NOT NULL,                    -- JSON: Content-Type and its kin, as uploaded
  metadata TEXT NOT NULL,                   -- JSON: x-amz-meta-* without the prefix
  checksums TEXT NOT NULL,                  -- JSON: algorithm to base64
  modified_at_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX object_version_by_id ON object_version (account, bucket, object_key, version_id);
CREATE UNIQUE INDEX object_version_latest ON object_version (account, bucket, object_key) WHERE is_latest = 1;
CREATE INDEX object_version_by_bytes ON object_version (bytes_id) WHERE bytes_id IS NOT NULL;

CREATE TABLE multipart_upload (
  account TEXT NOT NULL,
  bucket TEXT NOT NULL,
  object_key TEXT NOT NULL,
  upload_id TEXT NOT NULL,
  headers TEXT NOT NULL,
  metadata TEXT NOT NULL,
  checksum_algorithm TEXT,
  checksum_type TEXT,
  initiated_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, bucket, object_key, upload_id)
) STRICT;

CREATE TABLE upload_part (
  account TEXT NOT NULL,
  upload_id TEXT NOT NULL,
  part_number INTEGER NOT NULL,
  size_bytes INTEGER NOT NULL,
  etag TEXT NOT NULL,
  bytes_id TEXT NOT NULL,
  checksums TEXT NOT NULL,
  modified_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, upload_id, part_number)
) STRICT;
CREATE INDEX upload_part_by_bytes ON upload_part (bytes_id);
