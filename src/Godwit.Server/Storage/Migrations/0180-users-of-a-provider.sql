-- Issuer and subject of users whom a provider signs in; null for local ones. Their password_hash is empty, which no password matches.
ALTER TABLE console_user ADD COLUMN subject TEXT;
CREATE UNIQUE INDEX console_user_of_subject ON console_user (account, subject) WHERE subject IS NOT NULL;
