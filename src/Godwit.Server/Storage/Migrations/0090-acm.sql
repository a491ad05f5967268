-- Certificates with their private keys, as ACM keeps them. The key is sealed with a key that lies outside the database.
CREATE TABLE acm_certificate (
  account TEXT NOT NULL,
  certificate_id TEXT NOT NULL,
  region TEXT NOT NULL,
  -- IMPORTED, or PRIVATE for one that was made here.
  type TEXT NOT NULL,
  certificate_pem TEXT NOT NULL,
  chain_pem TEXT,
  sealed_key BLOB NOT NULL,
  key_algorithm TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  imported_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, certificate_id)
) STRICT;
CREATE INDEX acm_certificate_by_time ON acm_certificate (account, created_at_ms, certificate_id);
