-- A certificate that is on its way to another account of this installation stays with the one that sends it until the other takes it.
ALTER TABLE certificate ADD COLUMN transfer_to TEXT;
ALTER TABLE certificate ADD COLUMN previous_account TEXT;
ALTER TABLE certificate ADD COLUMN transfer_message TEXT;
ALTER TABLE certificate ADD COLUMN reject_reason TEXT;
ALTER TABLE certificate ADD COLUMN transfer_at_ms INTEGER;
ALTER TABLE certificate ADD COLUMN accept_at_ms INTEGER;
ALTER TABLE certificate ADD COLUMN reject_at_ms INTEGER;
CREATE INDEX certificate_by_receiver ON certificate (transfer_to, created_at_ms, certificate_id) WHERE transfer_to IS NOT NULL;
CREATE INDEX certificate_by_transfer ON certificate (account, transfer_at_ms, certificate_id) WHERE transfer_to IS NOT NULL;
