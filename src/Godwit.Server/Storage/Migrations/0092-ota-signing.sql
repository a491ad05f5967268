-- For each file of an update that Signer signs: its signing job, the signature, and where the signed image lies.
ALTER TABLE ota_update ADD COLUMN signing TEXT;
