-- Device certificates. An id is the SHA-256 of the certificate, so it is one device everywhere: no two accounts share it.
CREATE TABLE certificate (
  account TEXT NOT NULL,
  certificate_id TEXT NOT NULL,
  region TEXT NOT NULL,
  status TEXT NOT NULL,
  mode TEXT NOT NULL,
  pem TEXT NOT NULL,
  ca_certificate_id TEXT,
  generation_id TEXT NOT NULL,
  customer_version INTEGER NOT NULL,
  not_before_ms INTEGER NOT NULL,
  not_after_ms INTEGER NOT NULL,
  created_at_ms INTEGER NOT NULL,
  modified_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, certificate_id)
) STRICT;
CREATE UNIQUE INDEX certificate_by_id ON certificate (certificate_id);
CREATE INDEX certificate_by_age ON certificate (account, created_at_ms, certificate_id);

CREATE TABLE thing_principal (
  account TEXT NOT NULL,
  thing_name TEXT NOT NULL,
  certificate_id TEXT NOT NULL,
  principal_type TEXT NOT NULL,
  attached_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, thing_name, certificate_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX thing_principal_by_certificate ON thing_principal (certificate_id, account, thing_name);
