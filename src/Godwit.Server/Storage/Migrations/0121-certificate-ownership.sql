-- Certificates that a device has asked for with its claim and has not provisioned itself with yet; the token says that it was this device.
CREATE TABLE certificate_ownership (
  account TEXT NOT NULL,
  certificate_id TEXT NOT NULL,
  token_hash TEXT NOT NULL,
  expires_at_ms INTEGER NOT NULL,
  PRIMARY KEY (account, certificate_id)
) STRICT;
CREATE INDEX certificate_ownership_by_token ON certificate_ownership (token_hash, account);
CREATE INDEX certificate_ownership_by_expiry ON certificate_ownership (expires_at_ms);

-- Just-in-time provisioning: the template of a CA, by its body or by its name.
ALTER TABLE ca_certificate ADD COLUMN template_body TEXT;
ALTER TABLE ca_certificate ADD COLUMN template_name TEXT;
