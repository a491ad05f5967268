-- CA certificates whose devices may be registered by their signature. Name and key together are one CA, and it is in one account:
-- a device certificate that it signed leads to one place.
CREATE TABLE ca_certificate (
  account TEXT NOT NULL,
  certificate_id TEXT NOT NULL,
  region TEXT NOT NULL,
  status TEXT NOT NULL,
  auto_registration TEXT NOT NULL,
  mode TEXT NOT NULL,
  pem TEXT NOT NULL,
  subject_hash TEXT NOT NULL,
  key_hash TEXT NOT NULL,
  role_arn TEXT,
  generation_id TEXT NOT NULL,
  customer_version INTEGER NOT NULL,
  not_before_ms INTEGER NOT NULL,
  not_after_ms INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  modified_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, certificate_id)
) STRICT;
CREATE UNIQUE INDEX ca_certificate_by_name_and_key ON ca_certificate (subject_hash, key_hash);
CREATE INDEX ca_certificate_by_age ON ca_certificate (account, created_at_ms, certificate_id);

CREATE INDEX certificate_by_ca ON certificate (account, ca_certificate_id, created_at_ms, certificate_id);

-- What the owner of a CA signs to prove that he has its key.
CREATE TABLE registration_code (
  account TEXT NOT NULL,
  code TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account)
) STRICT;
