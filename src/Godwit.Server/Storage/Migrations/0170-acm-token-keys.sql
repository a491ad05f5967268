-- The PKCS #11 URI of a key that stays in a token; its sealed_key is empty then.
ALTER TABLE acm_certificate ADD COLUMN token_key TEXT;
