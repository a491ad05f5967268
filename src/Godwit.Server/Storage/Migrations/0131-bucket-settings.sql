-- What is set on a bucket besides its versioning: policy, CORS, tags, public access block, ownership. An empty document was deleted where there is a default.
CREATE TABLE bucket_setting (
  account TEXT NOT NULL,
  bucket TEXT NOT NULL,
  name TEXT NOT NULL,
  document TEXT NOT NULL,
  PRIMARY KEY (account, bucket, name)
) STRICT;

ALTER TABLE object_version ADD COLUMN tags TEXT NOT NULL DEFAULT '{}';    -- JSON
ALTER TABLE object_version ADD COLUMN parts TEXT;                         -- JSON: the parts of an upload in parts, in order
ALTER TABLE multipart_upload ADD COLUMN tags TEXT NOT NULL DEFAULT '{}';
