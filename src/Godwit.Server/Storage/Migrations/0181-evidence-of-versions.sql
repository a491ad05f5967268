-- What is seen of a claimed version: 0 only the claim, 1 verified, 2 contradicted; the device's own word and the registry's; and when a contradiction begins to count.
ALTER TABLE thing_version ADD COLUMN evidence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE thing_version ADD COLUMN reported TEXT;
ALTER TABLE thing_version ADD COLUMN attribute TEXT;
ALTER TABLE thing_version ADD COLUMN doubt_at_ms INTEGER;
CREATE INDEX thing_version_in_doubt ON thing_version (account, doubt_at_ms) WHERE doubt_at_ms IS NOT NULL;
ALTER TABLE version_total ADD COLUMN verified INTEGER NOT NULL DEFAULT 0;
